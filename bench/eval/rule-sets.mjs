// SPDX-License-Identifier: MIT
//
// The bench's rules (rules.json, in the vendor's form) as packreport takes them: the same 20, many variants of them, the same
// questions asked with filters, and the packs that go with them.
import fs from 'node:fs'

const RULES = JSON.parse(fs.readFileSync(new URL('rules.json', import.meta.url)))
const TYPES = ['ACS::ECS::Instance', 'ACS::RDS::DBInstance', 'ACS::OSS::Bucket', 'ACS::SLB::LoadBalancer', 'ACS::ACK::Cluster']

const itemOf = index => ({ uuid: `${String(index + 1).padStart(8, '0')}-0000-4000-8000-000000000000`, name: `item ${index + 1}` })

const ruleOf = (condition, index) => ({ id: `R${String(index + 1).padStart(4, '0')}`, name: `Rule ${index + 1}`,
  checkItems: [{ uuid: itemOf(index).uuid }], resourceTypes: TYPES, condition })

// A rule of the same shape and path that asks for another value.
function vary(condition, variant) {
  if (condition.children) return { ...condition, children: condition.children.map(child => vary(child, variant)) }
  const { desired, operator } = condition
  if (variant === 0 || desired === undefined || desired === 'true') return condition
  if (typeof desired === 'number') return { ...condition, desired: desired + variant }
  if (Array.isArray(desired)) return { ...condition, desired: desired.map((value, i) => i % 2 ? `${value}-${variant}` : value) }
  if (operator === 'StringMatches') {
    return { ...condition, desired: desired.includes('[0-9]') ? desired.replace('[0-9]', `[0-${9 - variant % 9}]`)
      : desired.replace('{6}', `{${6 + variant}}`) }
  }
  return { ...condition, desired: desired + (operator.endsWith('StringEquals') ? variant : variant % 100) }
}

const leaf = (featurePath, operator, desired, featureSource = 'CONFIGURATION') => ({ featureSource, featurePath, operator, desired })

// Each looks through an array, or the whole record, with a filter.
const FILTERS = [
  leaf('$.Disks[?@.Encrypted==false]', 'IsEmpty'),
  leaf('$.Disks[?@.Encrypted==true].Size', 'GreaterOrEquals', 40),
  leaf('$.Disks[?@.Size>=100].Category', 'StringEquals', 'cloud_essd'),
  leaf('$.Disks[?@.Size<40 && @.Category!="cloud_essd"]', 'IsEmpty'),
  leaf('$.Disks[?@.Device=="/dev/xvda"].Category', 'StringIn', ['cloud_essd', 'cloud_ssd']),
  leaf('$.Disks[?@.Device!="/dev/xvda" && @.Encrypted==false].DiskId', 'IsEmpty'),
  leaf('$.Disks[?match(@.DiskId, "d-bp[0-7].*")]', 'IsEmpty'),
  leaf('$.Disks[?length(@.Category)>10].Size', 'LessOrEquals', 100),
  leaf('$.IngressCidrs[?@=="0.0.0.0/0"]', 'IsEmpty'),
  leaf('$.IngressCidrs[?search(@, "^10[.]")]', 'IsEmpty'),
  leaf('$.IngressCidrs[?@=="100.64.0.0/10" || @=="172.16.0.0/12"]', 'IsEmpty'),
  leaf('$.SecurityGroupIds[?@=="sg-bp1a7"]', 'StringEquals', 'sg-bp1a7'),
  leaf('$.SecurityGroupIds[?@>="sg-bp1a5"]', 'IsEmpty'),
  leaf('$.Network[?@.VpcId].VSwitch.CidrBlock', 'StringContains', '10.'),
  leaf('$.Backup[?@==7 || @==14]', 'GreaterOrEquals', 7),
  leaf('$.Metadata[?@=="required"]', 'StringEquals', 'required'),
  leaf('$[?@.Enabled==true].RetentionDays', 'GreaterOrEquals', 7),
  leaf('$.Network[?@.VpcId]..CidrBlock', 'StringContains', '10.'),
  leaf('$..[?@.Encrypted==true].Category', 'StringEquals', 'cloud_essd'),
  leaf('$.tags[?@=="prod"]', 'StringEquals', 'prod', 'RESOURCE'),
]

export const variants = (count, from = 0) => Array.from({ length: count }, (_, i) =>
  ruleOf(vary(RULES[(from + i) % RULES.length].cond, Math.floor((from + i) / RULES.length)), from + i))

export const filters = () => FILTERS.map(ruleOf)

// A pack whose check items are those of the rules from one to another.
export function pack(uuid, from, to) {
  const items = Array.from({ length: to - from }, (_, i) => itemOf(from + i))
  return { uuid, name: uuid, spec_catalog_vo_list: [{ uuid: `${uuid}-c`, name: 'All', root: uuid, parent: uuid, serial_number: 1,
    level_number: 0, is_leaf: true, check_items: items }] }
}
