// SPDX-License-Identifier: Apache-2.0
import { cutSections, fence, quoted } from '../diagnostics/markdown.ts';
import { planCount, planTitle, trustRemarks, warningsOf } from './plan-remarks.ts';
import type { PlanReport } from './plan-report.ts';
import type { PlanSection } from './plan-sections.ts';
import { leftText, unitText, unitWidth } from './plan-text.ts';

/** A plan as a comment of a pull request. */
export function planMarkdown(report: PlanReport, sections: readonly PlanSection[]): string {
  const trust = trustRemarks(report);
  const head = [
    `### Fairlead: ${planTitle(report)}`,
    `**${planCount(report)}**`,
    ...warningsOf(report).map((warning) => `> ⚠️ ${quoted(warning)}`),
    ...(trust.length === 0
      ? []
      : [
          trust
            .slice(0, 20)
            .map((line) => `- 🔑 ${quoted(line)}`)
            .join('\n'),
        ]),
  ];
  const foot = `<sub>root \`${report.plan.root}\`: what the merge deploys, if nothing else is merged before it</sub>`;
  return cutSections(head, sections.map(sectionText), [foot], (shown) => leftText(sections.slice(shown)));
}

/** In a fence nothing is markup, no name calls a person, and forges colour the lines as those of a `diff`. */
function sectionText({ title, names, units, notes }: PlanSection): string {
  const width = unitWidth(units);
  const lines = [...units.map((line) => unitText(line, width)), ...notes.map((note) => `# ${note}`)];
  return [`#### ${quoted(title)}`, quoted(names), fence(lines.join('\n'))].join('\n\n');
}
