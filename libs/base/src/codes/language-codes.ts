// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What a file of the fleet repository can have wrong: codes of diagnostics. */
export const languageCodes = {
  'ambiguous-name': {
    summary: 'Two devices have the same name or alias.',
    hint: 'Rename one of them; until then, commands take them by id.',
    explanation: 'A command never guesses which of two devices is meant.',
    fault: 'program',
  },
  'command-wrapped': {
    summary: 'The program of the template runs, and exec_cmd of the job is its first argument.',
    hint: 'Leave it so if that is meant; else take exec_cmd out of the template or the container_template out of the job.',
    explanation:
      'A template with exec_cmd wraps its jobs: its program, its exec_pre_args, exec_cmd and exec_args of the job, its exec_post_args.',
    fault: 'program',
  },
  'component-undefined': {
    summary: 'A baseline names a component that the desired state does not have.',
    hint: 'Correct the name, or add the component. It is written <domain>:<component>.',
    explanation: 'A baseline is a part of a desired state that is updated as one.',
    fault: 'program',
  },
  'composite-invalid': {
    summary: 'The composite group is not well formed.',
    hint: 'Give all members one template with exec_cmd, and none a message.',
    explanation: 'The members of a group share one process.',
    fault: 'program',
  },
  'config-undefined': {
    summary: 'The config does not exist for this job.',
    hint: 'Define a config of that name with this job.',
    explanation: 'A job names the config that it is given.',
    fault: 'program',
  },
  'config-unused': {
    summary: 'No job uses this config.',
    hint: 'Name it as config of its job, or remove it.',
    explanation: 'It reaches the device but is not the config in use.',
    fault: 'program',
  },
  'conflicting-settings': {
    summary: 'Two settings exclude each other.',
    hint: 'Keep one of them.',
    explanation: 'It is not clear which should count.',
    fault: 'program',
  },
  'container-undefined': {
    summary: 'A container is named that the pod does not have.',
    hint: 'Correct the name, or add the container.',
    explanation: 'What needs a container that never comes would wait for ever.',
    fault: 'program',
  },
  'dependency-cycle': {
    summary: 'Dependencies form a cycle.',
    hint: 'Break the cycle.',
    explanation: 'Nothing in a cycle could start first.',
    fault: 'program',
  },
  'dependency-unknown': {
    summary: 'A job depends on one that does not exist.',
    hint: 'Correct the name, or define the job.',
    explanation: 'Dependencies are checked before a commit deploys.',
    fault: 'program',
  },
  deprecated: {
    summary: 'This way of writing it is out of date.',
    hint: 'Write it as the message says.',
    explanation: 'It is still read, as Artemis does, so that its fleets can move as they are.',
    fault: 'program',
  },
  'duplicate-definition': {
    summary: 'The same name is defined twice with different content.',
    hint: 'Rename one, or make them equal.',
    explanation: 'All sources of a group are one.',
    fault: 'program',
  },
  'duplicate-device': {
    summary: 'The device is listed twice.',
    hint: 'Remove one entry.',
    explanation: 'A device has one place.',
    fault: 'program',
  },
  'duplicate-key': {
    summary: 'A key stands twice in one object.',
    hint: 'Remove one of them.',
    explanation: 'Which of two equal keys counts differs between programs.',
    fault: 'program',
  },
  'extends-cycle': {
    summary: 'A pod specification extends itself.',
    hint: 'Take one of the files out of the circle.',
    explanation: 'What extends itself has no bottom. The message names every file of the circle.',
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
  'fleet-changed': {
    summary: 'The commit belongs to another fleet than the keys of this server.',
    hint: 'Restore trust/root/1.json, or start the server with the keys of that fleet.',
    explanation: 'The first root is the identity of a fleet, and a device trusts one fleet for good.',
    fault: 'program',
  },
  'fleet-missing': {
    summary: 'The commit has no fleet.json.',
    hint: 'Add fleet.json at the top of the repository.',
    explanation: 'It names the fleet and its groups.',
    fault: 'program',
  },
  'group-empty': {
    summary: 'The group has no source.',
    hint: 'Give pod, running-config or desired-state, or say "retired": true.',
    explanation: 'To stop devices, retire their group.',
    fault: 'program',
  },
  'group-undefined': {
    summary: 'The group does not exist.',
    hint: 'Define it in fleet.json, or correct the name.',
    explanation: 'A device belongs to a group of the fleet.',
    fault: 'program',
  },
  'image-undefined': {
    summary: 'The job has no image.',
    hint: 'Give it an entry in images, or take {{IMAGE}} out.',
    explanation: '{{IMAGE}} is the folder into which the image of a job is unpacked.',
    fault: 'program',
  },
  'image-unused': {
    summary: 'The image belongs to a job that is disabled.',
    hint: 'Enable the job, or leave its image out until it runs.',
    explanation:
      'A disabled job is known to the device and kept ready, its image too, but nothing of it runs.',
    fault: 'program',
  },
  'invalid-checksum': {
    summary: 'The checksum has the wrong form.',
    hint: 'Give 64 hexadecimal digits for sha256sum, 32 for md5sum.',
    explanation: 'A checksum of the wrong length can never match.',
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
  'job-undefined': {
    summary: 'The job does not exist.',
    hint: 'Correct the name, or define the job.',
    explanation: 'Images, configs and dependencies belong to jobs.',
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
  'lock-mismatch': {
    summary: 'The lock says otherwise than what is pinned.',
    hint: 'Correct what is pinned here, or take the lock anew with: fairlead lock',
    explanation:
      'A digest or size that a file gives itself must be that of the lock. fairlead lock resolves such an entry again, and refuses where what it finds is not what is pinned.',
    fault: 'program',
  },
  'lock-unused': {
    summary: 'Nothing refers to this entry of the lock.',
    hint: 'Run: fairlead lock, and commit fleet.lock.json',
    explanation: 'An entry that nothing hangs on looks as if it counted.',
    fault: 'program',
  },
  'missing-command': {
    summary: 'The job has no program.',
    hint: 'Give exec_cmd, or a template that has one.',
    explanation: 'A job must run something.',
    fault: 'program',
  },
  'missing-key': {
    summary: 'A required key is missing.',
    hint: 'Add it.',
    explanation: 'There is no sensible default.',
    fault: 'program',
  },
  'never-runs': {
    summary: 'Nothing ever starts this container.',
    hint: 'Use a runlevel from 1 to 3, or critical, priority or normal.',
    explanation:
      'Artemis accepts higher ones, which its scheduler never reaches; with our $schema they are errors.',
    fault: 'program',
  },
  'no-effect': {
    summary: 'The setting has no effect.',
    hint: 'Remove it, or leave it for older gateways.',
    explanation: 'It is accepted for compatibility.',
    fault: 'program',
  },
  'not-a-file': {
    summary: 'A symlink or submodule stands where a file is read.',
    hint: 'Commit the file itself.',
    explanation: 'A link could lead out of the repository.',
    fault: 'program',
  },
  'not-for-containers': {
    summary: 'The job is a container, which has no such thing.',
    hint: 'Take it out, or run the job from an image of another type.',
    explanation:
      'A job whose image is of the type docker is run by the container engine of the device: its command, environment, user, limits, dependencies and restarts are those of the job; what a process of the agent has beyond that, it has not.',
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
  'placeholder-misplaced': {
    summary: 'The placeholder has no meaning at this place.',
    hint: 'Write the value itself, or use vars.NAME where a text may differ between devices.',
    explanation:
      'Variables stand in texts that are no names. What the device fills in (IMAGE, CONFIG, JOB, THISDIR, CWD) stands in commands and environments; secrets stand in values of the environment, in message, in composite_config and in data of configs.',
    fault: 'program',
  },
  'placeholder-unknown': {
    summary: 'The placeholder is not known.',
    hint: 'Use vars.NAME, secrets.NAME, IMAGE, CONFIG, JOB, THISDIR or CWD.',
    explanation: 'An unknown name is never an empty text.',
    fault: 'program',
  },
  'plain-secret': {
    summary: 'A secret stands in plain text.',
    hint: "Write '{{secrets.NAME}}', and tell the device: fairlead-agent secrets set NAME",
    explanation:
      'Whoever reads the repository would read the secret, in every commit for good. Change it where it was pushed.',
    fault: 'program',
  },
  'pod-not-built': {
    summary: 'A group deploys a pod that has to be built first.',
    hint: "Run: fairlead pod build, then fairlead pod upload; and give the group the pod as 'name@tag' in place of the path.",
    explanation:
      'A commit holds the source of a program. What devices run is built once, and the lock says which bytes that are.',
    fault: 'program',
  },
  'reference-unlocked': {
    summary: 'A reference without SHA-256 or size may change its meaning.',
    hint: 'Run: fairlead lock, and commit fleet.lock.json; or give checksum (SHA-256) and size here.',
    explanation:
      'Every artifact in a target state has SHA-256 and size. Tags, branches and bare URLs are resolved once by fairlead lock, and mean the same until fairlead lock --update.',
    fault: 'program',
  },
  'root-dropped': {
    summary: 'The commit lacks a root that was recorded, or holds another one in its place.',
    hint: 'Restore the file from an earlier commit; to take a rotation back, rotate again.',
    explanation:
      'Devices that took a root never go back to an older one. Whoever could drop roots would bring keys back that were taken away.',
    fault: 'program',
  },
  'root-expired': {
    summary: 'The newest root has expired.',
    hint: 'Make its successor with: fairlead keys rotate',
    explanation: 'Devices take nothing new under a root that has expired; what runs goes on.',
    fault: 'program',
  },
  'root-invalid': {
    summary: 'A root is no proper successor of the one before.',
    hint: 'Look at the keys with: fairlead keys show; add missing signatures with: fairlead keys sign',
    explanation:
      'Root n+1 has version n+1 and is signed by enough root keys of version n and of its own. Devices walk them one by one and would stay behind at one that is not.',
    fault: 'program',
  },
  'root-missing': {
    summary: 'The commit has no trust/root/1.json.',
    hint: 'Run: fairlead keys init --dir <keys> --repo <path>, and commit the file.',
    explanation: 'The first root is the identity of the fleet.',
    fault: 'program',
  },
  'secret-exposed': {
    summary: 'A secret stands where others can read it.',
    hint: 'Hand it over in env, in message, or in data of a config.',
    explanation:
      'Every user of a device sees the arguments of every process. What a process finds in its environment, on its stdin or in a file of its own is seen by that process alone.',
    fault: 'program',
  },
  'source-unsupported': {
    summary: 'This kind of source cannot be compiled by this release.',
    hint: 'Use another kind, or leave it out.',
    explanation: 'Nothing is deployed in part.',
    fault: 'program',
  },
  'suspicious-value': {
    summary: 'The value is likely not meant.',
    hint: 'Check the unit: pauses are milliseconds.',
    explanation: 'Older files read milliseconds as seconds.',
    fault: 'program',
  },
  'template-undefined': {
    summary: 'The template does not exist.',
    hint: "Define it in templates of one of the group's running configs.",
    explanation: 'There are no predefined templates.',
    fault: 'program',
  },
  'too-many': {
    summary: 'There are too many entries.',
    hint: 'Split the file.',
    explanation: 'Limits are counts, so that every machine decides alike.',
    fault: 'program',
  },
  'trigger-unsupported': {
    summary: 'Nothing on the device can pull this trigger.',
    hint: 'Use boot, install or interval.',
    explanation: 'A container that waits for what never comes would never start, and nobody would be told.',
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
  'variable-undefined': {
    summary: 'The variable is not defined.',
    hint: 'Define it in vars of fleet, group or device.',
    explanation: 'An unknown name is never an empty text.',
    fault: 'program',
  },
  'variable-invalid': {
    summary: 'The value of a variable is not allowed where it is used.',
    hint: 'Correct the value in vars, or write the text itself at this place.',
    explanation:
      'A text with variables obeys the rules of its place for every device. What a variable holds is text: placeholders in it would mean something only on the device, where nobody has checked them.',
    fault: 'program',
  },
  'weak-checksum': {
    summary: 'MD5 proves nothing.',
    hint: 'Add a SHA-256.',
    explanation: 'MD5 is checked too, never alone.',
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
