// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What a file of the fleet repository can have wrong as a file, whatever it is about. */
export const fileCodes = {
  'duplicate-key': {
    summary: 'A key stands twice in one object.',
    hint: 'Remove one of them.',
    explanation: 'Which of two equal keys counts differs between programs.',
    fault: 'program',
  },
  'file-missing': {
    summary: 'A file that is named does not exist in the commit.',
    hint: 'Correct the path, or commit the file.',
    explanation: 'The compiler sees only the commit.',
    fault: 'program',
  },
  'file-too-large': {
    summary: 'A file is larger than allowed.',
    hint: 'Split it. Files end at 1 MiB, devices.json and fleet.lock.json at 16 MiB.',
    explanation: 'Bounds keep a commit from stopping the server.',
    fault: 'program',
  },
  'invalid-name': {
    summary: 'This name is not allowed.',
    hint: 'Use letters, digits, dot, dash and underscore, at most 63, beginning with a letter or digit.',
    explanation: 'Names become folders on the device.',
    fault: 'program',
  },
  'invalid-uuid': {
    summary: 'This is not a UUID.',
    hint: 'Write 8-4-4-4-12 hexadecimal digits.',
    explanation: 'Devices and fleets are named by UUID.',
    fault: 'program',
  },
  'invalid-value': {
    summary: 'The value is not allowed here.',
    hint: 'Give an allowed value.',
    explanation: 'Values are checked before a commit deploys.',
    fault: 'program',
  },
  'json-syntax': {
    summary: 'The file is not valid JSON.',
    hint: 'Correct the syntax at this place.',
    explanation: 'JSON has no comments and no trailing commas.',
    fault: 'program',
  },
  'json-too-deep': {
    summary: 'The file is nested too deeply.',
    hint: 'Flatten it to at most 64 levels.',
    explanation: 'Bounds keep a commit from stopping the server.',
    fault: 'program',
  },
  'lfs-pointer': {
    summary: 'The file is a Git LFS pointer.',
    hint: 'Commit the content itself.',
    explanation: 'The compiler takes blobs as they are stored.',
    fault: 'program',
  },
  'missing-key': {
    summary: 'A required key is missing.',
    hint: 'Add it.',
    explanation: 'There is no sensible default.',
    fault: 'program',
  },
  'not-a-file': {
    summary: 'A symlink or submodule stands where a file is read.',
    hint: 'Commit the file itself.',
    explanation: 'A link could lead out of the repository.',
    fault: 'program',
  },
  'not-utf8': {
    summary: 'The file is not UTF-8 text.',
    hint: 'Save it as UTF-8.',
    explanation: 'Other encodings would mean different things on different machines.',
    fault: 'program',
  },
  'path-absolute': {
    summary: 'The destination begins with /.',
    hint: 'Leave the leading / out.',
    explanation: 'It is taken as relative to the config folder of the job.',
    fault: 'program',
  },
  'path-unsafe': {
    summary: 'A path leaves the repository or is absolute.',
    hint: "Use a path inside the repository, with / and without '..'.",
    explanation: 'Nothing outside the commit is ever read.',
    fault: 'program',
  },
  'too-many': {
    summary: 'There are too many entries.',
    hint: 'Split the file.',
    explanation: 'Limits are counts, so that every machine decides alike.',
    fault: 'program',
  },
  'unknown-key': {
    summary: 'The key is not known here.',
    hint: 'Remove it, correct its spelling, or begin it with x-.',
    explanation: 'An ignored key is a setting that silently does nothing.',
    fault: 'program',
  },
  'unsafe-integer': {
    summary: 'A whole number is beyond 2^53-1.',
    hint: 'Use a smaller number, or a string.',
    explanation: 'Larger whole numbers lose digits.',
    fault: 'program',
  },
  'wrong-type': {
    summary: 'The value has the wrong type.',
    hint: 'Give a value of the stated type.',
    explanation: 'Values are never converted.',
    fault: 'program',
  },
  'yaml-syntax': {
    summary: 'The file is not valid YAML.',
    hint: 'Correct the syntax at this place.',
    explanation: 'Files are read as YAML 1.2, one document each.',
    fault: 'program',
  },
  'yaml-unsupported': {
    summary: 'The file uses a part of YAML that has no place here.',
    hint: 'Write it as plain texts, numbers, lists and mappings.',
    explanation: 'What a file says must have one meaning in YAML and JSON alike.',
    fault: 'program',
  },
} as const satisfies CodeTable;
