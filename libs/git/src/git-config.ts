// SPDX-License-Identifier: Apache-2.0

/**
 * The settings of a Git configuration file as `section.key` or `section.subsection.key` → last value. Sections and keys are lower
 * case. Only what deciding about the form of a repository needs: no includes, no continuation lines.
 */
export function parseGitConfig(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line);
    if (header !== null) {
      const [, name = '', sub] = header;
      section = sub === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${sub}`;
    }
    const setting = /^\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*(?:[#;].*)?$/.exec(header?.[3] ?? line);
    if (setting === null) continue;
    const [, key = '', value] = setting;
    settings.set(
      `${section}.${key.toLowerCase()}`,
      value === undefined ? 'true' : value.replace(/^"(.*)"$/, '$1'),
    );
  }
  return settings;
}
