// SPDX-License-Identifier: Apache-2.0
import type { Colours } from '../colours.ts';
import { planCount, planTitle, trustRemarks, warningsOf } from './plan-remarks.ts';
import type { PlanReport } from './plan-report.ts';
import { count, type PlanSection, type UnitLine } from './plan-sections.ts';

/** Kinds of change that are shown; more than that nobody reads. */
const mostSections = 100;

/** A plan for a terminal. */
export function planText(report: PlanReport, sections: readonly PlanSection[], colours: Colours): string {
  const shown = sections.slice(0, mostSections);
  const left = sections.slice(mostSections);
  return [
    colours.bold(planTitle(report)),
    ...warningsOf(report).map((warning) => `${colours.yellow('warning:')} ${warning}`),
    ...shown.flatMap((section) => ['', ...sectionLines(section, colours)]),
    ...(left.length === 0 ? [] : ['', `${leftText(left)}; --output json tells all`]),
    '',
    ...trustRemarks(report),
    planCount(report),
    `root ${report.plan.root}`,
  ].join('\n');
}

/** `and 3 more changes, of 40 devices`. */
export function leftText(left: readonly PlanSection[]): string {
  const devices = left.reduce((sum, section) => sum + section.devices, 0);
  return `and ${count(left.length, 'more change')}, of ${count(devices, 'device')}`;
}

function sectionLines(section: PlanSection, colours: Colours): readonly string[] {
  const { title, names, units, notes } = section;
  const width = unitWidth(units);
  return [
    `${colours.bold(title)}: ${names}`,
    ...units.map((line) => `  ${paint(line, colours)(unitText(line, width))}`),
    ...notes.map((note) => `  ${colours.dim(note)}`),
  ];
}

export function unitWidth(units: readonly UnitLine[]): number {
  return Math.max(0, ...units.map(({ unit }) => unit.length));
}

export function unitText({ sign, unit, text }: UnitLine, width: number): string {
  return `${sign} ${unit.padEnd(width)}  ${text}`.trimEnd();
}

function paint({ sign }: UnitLine, colours: Colours): (text: string) => string {
  switch (sign) {
    case '+':
      return colours.green;
    case '-':
      return colours.red;
    case '!':
      return colours.yellow;
    case ' ':
      return colours.cyan;
  }
}
