// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { one } from './doors.fixture.ts';
import { statusOf, testSource } from './status.fixture.ts';

const newMetrics = () =>
  createMetrics({
    status: () => testSource([statusOf(one, { state: 'failed' })]).source,
    gateway: () => ({ connected: 1, waiting: 3, turnedAway: 4, sharedEncodings: 2 }),
    problems: () => [{ area: 'log', code: 'log-unwritable' }],
  });

describe('when the metrics are documented', () => {
  it('names every one that is exported, with its kind and meaning, and no other', async () => {
    const { text } = await newMetrics().collect();
    const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name, help]));
    const exported = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const section = /^## Metrics$(.*?)^## /ms.exec(readme)?.[1] ?? '';
    const rows = [...section.matchAll(/^\| `(fairlead_\w+)`\s*\| (\w+)\s*\| (.*?)\s*\|$/gm)];
    const own = exported.filter(({ name }) => name.startsWith('fairlead_'));
    expect(rows.map(([, name, type, help]) => ({ name, type, help }))).toEqual(
      own
        .map(({ name, type }) => ({ name, type, help: helps.get(name) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    const ofNode = [...section.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name]) => name);
    expect(ofNode).toEqual(
      exported
        .map(({ name }) => name)
        .filter((name) => !name.startsWith('fairlead_'))
        .sort(),
    );
  });
});

describe('when something happens', () => {
  it('is counted, and timed', async () => {
    const metrics = newMetrics();
    metrics.offered();
    metrics.refreshed();
    metrics.refreshed();
    metrics.refused('rollback');
    metrics.refused('a word that some device made up');
    metrics.receiptStored();
    metrics.compiled('refused', 0.02);
    metrics.appended(['skipped', 'refused', 'skipped'], 0.2);
    metrics.appended([], 40);
    const { text } = await metrics.collect();
    for (const line of [
      'fairlead_offers_total 1',
      'fairlead_refreshes_total 2',
      'fairlead_refusals_total{code="rollback"} 1',
      'fairlead_refusals_total{code="other"} 1',
      'fairlead_receipts_stored_total 1',
      'fairlead_compile_seconds_bucket{le="0.03",outcome="refused"} 1',
      'fairlead_compile_seconds_bucket{le="0.01",outcome="refused"} 0',
      'fairlead_log_append_seconds_sum{outcome="written"} 0.2',
      'fairlead_log_append_seconds_bucket{le="30",outcome="failed"} 0',
      'fairlead_log_append_seconds_count{outcome="failed"} 1',
      'fairlead_log_records_total{kind="skipped"} 2',
      'fairlead_streams 1',
      'fairlead_connections_waiting 3',
      'fairlead_connections_turned_away_total 4',
      'fairlead_offer_encodings_total 2',
      'fairlead_devices{state="failed"} 1',
      'fairlead_problems{area="log",code="log-unwritable"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    // What others count is not added up at each look.
    expect((await metrics.collect()).text).toContain('fairlead_connections_turned_away_total 4');
  });
});
