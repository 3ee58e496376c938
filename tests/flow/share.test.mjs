// SPDX-License-Identifier: MIT
//
// The sample content of share/ keeps its promises: the pack is whole, every rule is bound, every automatic check item
// has a rule, every path exists in the inventory that the generator writes, and the generator writes the same bytes for ever.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHARE = join(ROOT, 'share');
const PACK_ID = '5f0c1d2e-7a34-4b6c-9d81-2e3f4a5b6c7d';
const PACK_FILE = join(SHARE, 'packs', `${PACK_ID}.json`);
const GENERATOR = join(SHARE, 'generate-inventory');
const AS_OF = '2026-11-21T00:00:00Z';
const PACKREPORT = join(process.env.PACKREPORT_BUILD ?? join(ROOT, 'build', 'dev'), 'packreport');

// Changes only when the content of generated inventories is meant to change.
const FIRST_1000_SHA256 = {
  few: 'f8117f78c94fdb9733348317aa466cd1764b7fe62ba9a5d05c8935046ada4b2c',
  many: '7f1715464b786a5a9aff21bd9fb17ef6ede4cdc66b9566bd3e5e2c3636b09514',
};

// All that the vendor has, and of packreport's own what a rule is the better for.
const OPERATORS = new Set([
  'StringEquals', 'NotStringEquals', 'StringIn', 'NotStringIn', 'StringContains', 'NotStringContains', 'Equals', 'NotEquals',
  'Less', 'LessOrEquals', 'Greater', 'GreaterOrEquals', 'Base64Contains', 'NotBase64Contains', 'Base64ContainsAll',
  'Base64ExcludeAll', 'Contains', 'NotContains', 'In', 'NotIn', 'ContainsAll', 'ExcludeAll', 'IsEmpty', 'IsStringEmpty',
  'IsNotStringEmpty', 'StringMatches',
]);

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function generate(...args) {
  return execFileSync(GENERATOR, args.map(String), { maxBuffer: 1 << 28 });
}

function linesOf(bytes) {
  const lines = bytes.toString('utf8').split('\n');
  assert.equal(lines.pop(), '', 'the last line ends');
  return lines;
}

const pack = readJson(PACK_FILE);
const directories = pack.spec_catalog_vo_list;
const items = directories.flatMap((directory) => directory.check_items);
const rules = readdirSync(join(SHARE, 'rules'))
  .filter((file) => !file.endsWith('.test.json'))
  .sort()
  .flatMap((file) => readJson(join(SHARE, 'rules', file)).rules);
const cases = readdirSync(join(SHARE, 'rules'))
  .filter((file) => file.endsWith('.test.json'))
  .flatMap((file) => readJson(join(SHARE, 'rules', file)).cases);
const boundItems = new Set(rules.flatMap((rule) => rule.checkItems.map((item) => item.uuid)));

const conditionOf = (rule) => rule.condition ?? JSON.parse(rule.ComplianceConditions);

function clausesOf(node) {
  return node.children?.length ? node.children.flatMap(clausesOf) : [node];
}

// The member names in a path: 'a', 'b' of $.a[*]['b'].
function namesIn(path) {
  return [...path.matchAll(/\.([A-Za-z_][\w-]*)|'([^']+)'/g)].map((match) => match[1] ?? match[2]);
}

describe('pack', () => {
  test('is named by its uuid and counts its check items', () => {
    assert.equal(pack.uuid, PACK_ID);
    assert.equal(pack.check_items_num, items.length);
    assert.equal(pack.has_auto_check_items, true);
    assert.ok(items.length >= 60, `${items.length} check items`);
  });

  test('has unique uuids and names', () => {
    const uuids = [pack, ...directories, ...items].map((entry) => entry.uuid);
    assert.equal(new Set(uuids).size, uuids.length);
    for (const uuid of uuids) {
      assert.match(uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
    assert.equal(new Set(items.map((item) => item.name)).size, items.length);
    assert.ok(directories.every((directory) => directory.name.length > 0));
  });

  test('is a tree of three levels with check items on the leaves only', () => {
    const byUuid = new Map(directories.map((directory) => [directory.uuid, directory]));
    const siblings = new Map();
    for (const directory of directories) {
      const parent = byUuid.get(directory.parent);
      assert.equal(directory.root, PACK_ID);
      assert.equal(directory.level_number, parent ? parent.level_number + 1 : 0);
      assert.ok(parent || directory.parent === PACK_ID, directory.name);
      assert.equal(directory.is_leaf, directory.level_number === 2);
      assert.equal(directory.check_items.length > 0, directory.is_leaf);
      siblings.set(directory.parent, (siblings.get(directory.parent) ?? 0) + 1);
      assert.equal(directory.serial_number, siblings.get(directory.parent));
    }
  });

  test('has automatic and manual check items', () => {
    const manual = items.filter((item) => !boundItems.has(item.uuid));
    assert.ok(manual.length >= 12, `${manual.length} manual`);
    assert.ok(items.length - manual.length >= 45);
  });
});

describe('rules', () => {
  test('are enough, over enough resource types', () => {
    assert.ok(rules.length >= 45);
    const types = new Set(rules.flatMap((rule) => rule.resourceTypes));
    assert.ok(types.size >= 12, `${types.size} types`);
    for (const type of types) {
      assert.match(type, /^[a-z]+\.[A-Za-z]+$/);
    }
  });

  test('have unique ids, are bound to items of the pack and say what to do', () => {
    const uuids = new Set(items.map((item) => item.uuid));
    assert.equal(new Set(rules.map((rule) => rule.id)).size, rules.length);
    for (const rule of rules) {
      assert.match(rule.id, /^[a-z0-9-]{1,64}$/);
      assert.ok(rule.checkItems.length > 0 && rule.checkItems.every((item) => uuids.has(item.uuid)), rule.id);
      assert.ok(rule.name && rule.description && rule.remediation, rule.id);
      assert.ok([1, 2, 3].includes(rule.riskLevel), rule.id);
    }
    assert.deepEqual([...new Set(rules.map((rule) => rule.riskLevel))].sort(), [1, 2, 3]);
  });

  test('show every operator and source, both forms, scopes and missing', () => {
    const clauses = rules.flatMap((rule) => clausesOf(conditionOf(rule)));
    assert.deepEqual(new Set(clauses.map((clause) => clause.operator)), OPERATORS);
    const sources = new Set(clauses.map((clause) => clause.featureSource.replace(/^(CONFIGURATION_FIELD_).*/, '$1')));
    assert.deepEqual([...sources].sort(), ['CONFIGURATION', 'CONFIGURATION_FIELD_', 'RESOURCE']);
    assert.ok(rules.some((rule) => rule.ComplianceConditions));
    assert.ok(rules.some((rule) => rule.missing === 'INSUFFICIENT_DATA'));
    assert.ok(rules.some((rule) => rule.scope?.tags) && rules.some((rule) => rule.scope?.regionIds));
    assert.ok(rules.some((rule) => rule.scope?.excludeTags));
  });

  test('have cases that pass, both ways, and make every clause true and false', () => {
    for (const rule of rules) {
      const outcomes = new Set(cases.filter((one) => one.rule === rule.id).map((one) => one.expect));
      assert.ok(outcomes.has('COMPLIANT') && outcomes.has('NON_COMPLIANT'), rule.id);
    }
    const run = spawnSync(PACKREPORT, ['rules', 'test', '--min-coverage', '100', join(SHARE, 'rules')], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, new RegExp(`^${cases.length} cases, ${cases.length} passed, 0 failed$`, 'm'));
  });

  test('read members that the generated resources of their types have', () => {
    const textByType = new Map();
    for (const line of linesOf(generate('--faults', 'many', 3000))) {
      const type = JSON.parse(line).resourceType;
      textByType.set(type, `${textByType.get(type) ?? ''}${line.replaceAll('\\"', '"')}`);
    }
    for (const rule of rules) {
      for (const type of rule.resourceTypes) {
        for (const clause of clausesOf(conditionOf(rule))) {
          const field = clause.featureSource.replace(/^(CONFIGURATION_FIELD_|CONFIGURATION$|RESOURCE$)/, '');
          for (const name of [...namesIn(clause.featurePath), ...namesIn(field)]) {
            if (name !== 'keep-until' && name !== '__system__encrypted') {
              assert.ok(textByType.get(type)?.includes(`"${name}":`), `${rule.id}: ${type} has no ${name}`);
            }
          }
        }
      }
    }
  });
});

describe('waivers and attestations', () => {
  const { waivers } = readJson(join(SHARE, 'waivers.json'));
  const { attestations } = readJson(join(SHARE, 'attestations.json'));
  const stateOf = ({ from, until }) =>
    Date.parse(AS_OF) < Date.parse(from ?? 0) ? 'not yet' : Date.parse(AS_OF) < Date.parse(until) ? 'in force' : 'lapsed';

  test('waivers name rules that exist and come in every state', () => {
    assert.deepEqual(new Set(waivers.map(stateOf)), new Set(['in force', 'lapsed', 'not yet']));
    for (const waiver of waivers) {
      const pattern = new RegExp(`^${waiver.rule.replaceAll('*', '.*')}$`);
      assert.ok(rules.some((rule) => pattern.test(rule.id)), waiver.id);
      assert.ok(waiver.reason && waiver.approver && waiver.until, waiver.id);
    }
  });

  test('attestations answer manual check items only', () => {
    const manual = new Set(items.map((item) => item.uuid).filter((uuid) => !boundItems.has(uuid)));
    for (const attestation of attestations) {
      assert.ok(manual.has(attestation.item.uuid), attestation.evidence);
      assert.ok(attestation.by && attestation.evidence);
      assert.ok(Date.parse(attestation.at) < Date.parse(attestation.until));
    }
    const lapsed = attestations.filter((attestation) => Date.parse(attestation.until) <= Date.parse(AS_OF));
    assert.ok(lapsed.length >= 1 && lapsed.length < attestations.length);
  });
});

describe('generator', () => {
  const usable = (awk) => spawnSync(awk, ['BEGIN { exit 0 }'], { stdio: 'ignore' }).status === 0;

  test('writes the bytes that it always wrote', () => {
    for (const [faults, digest] of Object.entries(FIRST_1000_SHA256)) {
      assert.equal(sha256(generate('--faults', faults, 1000)), digest, faults);
    }
  });

  test('writes the same bytes under every awk that is here', () => {
    for (const awk of ['mawk', 'gawk', 'original-awk'].filter(usable)) {
      const out = execFileSync(GENERATOR, ['1000'], { env: { ...process.env, AWK: awk }, maxBuffer: 1 << 28 });
      assert.equal(sha256(out), FIRST_1000_SHA256.few, awk);
    }
  });

  test('starts the same whatever the count, and differs by seed', () => {
    const long = generate(1500);
    const short = generate(200);
    assert.ok(long.subarray(0, short.length).equals(short));
    assert.notEqual(sha256(generate(200, 2)), sha256(short));
  });

  test('writes valid records with unique ids, non-ASCII names and configurations in both forms', () => {
    const bytes = generate(5000);
    const records = linesOf(bytes).map((line) => JSON.parse(line));
    assert.equal(records.length, 5000);
    assert.ok(bytes.length / 5000 > 800 && bytes.length / 5000 < 1300, `${bytes.length / 5000} bytes a record`);
    const ids = new Set(records.map((record) => `${record.resourceType} ${record.resourceId}`));
    assert.equal(ids.size, records.length);
    for (const record of records) {
      for (const member of ['resourceType', 'resourceId', 'resourceName', 'regionId', 'accountId', 'resourceGroupId']) {
        assert.equal(typeof record[member], 'string', member);
      }
      assert.ok(Object.values(record.tags).every((value) => typeof value === 'string'));
      const configuration =
        typeof record.configuration === 'string' ? JSON.parse(record.configuration) : record.configuration;
      assert.equal(typeof configuration, 'object');
    }
    assert.ok(records.some((record) => /[^\x20-\x7e]/.test(record.resourceName)));
    assert.ok(records.some((record) => typeof record.configuration === 'string'));
    const types = new Set(records.map((record) => record.resourceType));
    assert.deepEqual(types, new Set(rules.flatMap((rule) => rule.resourceTypes)));
  });

  test('refuses bad arguments with one clear line', () => {
    const bad = [[], ['0'], ['-5'], ['1.5'], ['007'], ['5', '0'], ['5', '2147483647'], ['1', '2', '3'], ['--faults', 'x', '1']];
    for (const args of bad) {
      const result = spawnSync(GENERATOR, args, { encoding: 'utf8' });
      assert.equal(result.status, 64, args.join(' '));
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /^generate-inventory: .+\nTry 'generate-inventory --help'\.\n$/);
    }
    assert.match(spawnSync(GENERATOR, ['--help'], { encoding: 'utf8' }).stdout, /^Usage: generate-inventory/);
  });

  test('wrote the inventory of the sample account', () => {
    const inventory = readFileSync(join(SHARE, 'inventory', '100000000000001.ndjson'));
    assert.ok(inventory.length < 600_000, `${inventory.length} bytes`);
    assert.ok(inventory.equals(generate(500)));
    assert.deepEqual(readJson(join(SHARE, 'accounts.json')).accounts, [
      { AccountId: '100000000000001', inventory: '100000000000001.ndjson' },
    ]);
  });
});

describe('evaluated by packreport', () => {
  const report = (faults) => {
    const folder = mkdtempSync(join(tmpdir(), 'packreport-share-'));
    try {
      const inventory = join(folder, 'inventory.ndjson');
      writeFileSync(inventory, generate('--faults', faults, 5000));
      execFileSync(PACKREPORT, [
        'evaluate', '--pack', PACK_FILE, '--rules', join(SHARE, 'rules'), '--inventory', inventory,
        '--waivers', join(SHARE, 'waivers.json'), '--attestations', join(SHARE, 'attestations.json'),
        '--as-of', AS_OF, '--out', join(folder, 'out'), '--quiet',
      ]);
      return readJson(join(folder, 'out', 'report.json'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('the well-kept account has every outcome, a score of 75 to 85 % and no problems', () => {
    const { summary, inventory, problems } = report('few');
    const { ERROR: errors, ...outcomes } = summary.checkItemCounts;
    assert.equal(errors, 0);
    assert.deepEqual(Object.entries(outcomes).filter(([, count]) => count === 0), []);
    assert.ok(summary.scores.byCount.percent >= 75 && summary.scores.byCount.percent <= 85);
    assert.ok(summary.scores.byRisk.percent >= 75 && summary.scores.byRisk.percent <= 85);
    assert.equal(inventory.records, 5000);
    assert.equal(inventory.badLines, 0);
    assert.equal(problems.errors + problems.warnings, 0);
  });

  test('in the neglected account every rule passes some resources and fails others', () => {
    for (const rule of report('many').rules) {
      const { COMPLIANT: passed, NON_COMPLIANT: failed, IGNORED: excused } = rule.findingCounts;
      assert.ok(passed > 0 && failed + excused > 0, rule.id);
    }
  });
});
