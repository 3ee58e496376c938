// SPDX-License-Identifier: MIT
//
// Small packs, rules and inventories for the black-box tests, made by rule so that tests can say what they expect.
import { ACCOUNT } from './harness.mjs'

export const itemId = n => `item-${n}`

// A pack of `items` check items in one directory, in SecMaster's shape.
export function pack(id, items = 3) {
  return {
    uuid: id, name: `Pack ${id}`, version: '1.0', owner: '', description: '', state: 1, type: 1,
    check_items_num: items, has_auto_check_items: true,
    spec_catalog_vo_list: [{
      uuid: `${id}-c1`, serial_number: 1, level_number: 0, root: id, parent: id, is_leaf: true,
      check_items: Array.from({ length: items }, (_, n) => ({ uuid: itemId(n + 1), name: `Item ${n + 1}` })),
    }],
  }
}

// One rule per item: item n wants configuration.Size > n.
export function rules(items = 3) {
  return Array.from({ length: items }, (_, n) => ({
    id: `rule-${n + 1}`, name: `Rule ${n + 1}`, riskLevel: 1 + n % 3,
    checkItems: [{ uuid: itemId(n + 1) }], resourceTypes: ['evs.volumes'],
    condition: {
      operator: 'and', children: [
        { featureSource: 'CONFIGURATION', featurePath: '$.Size', operator: 'Greater', desired: String(n + 1) },
      ],
    },
  }))
}

export function inventory(resources = 10) {
  return Array.from({ length: resources }, (_, n) => JSON.stringify({
    resourceType: 'evs.volumes', resourceId: `vol-${n}`, resourceName: `volume ${n}`, regionId: 'region-1',
    accountId: ACCOUNT, tags: { env: n % 2 ? 'prod' : 'test' }, configuration: { Size: n, Encrypted: n % 2 === 0 },
  }) + '\n').join('')
}

// Accounts, one inventory, rules and packs, as `World.settings` points at them.
export function furnish(world, { packs = ['pack-1'], items = 3, resources = 10, accounts = [ACCOUNT] } = {}) {
  world.write('accounts.json', { accounts: accounts.map(account => ({ AccountId: account })) })
  for (const account of accounts) world.write(`inventory/${account}.ndjson`, inventory(resources))
  world.write('rules/rules.json', rules(items))
  world.write('packs/.keep', '')
  for (const id of packs) world.write(`packs/${id}.json`, pack(id, items))
}
