// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can come of a revision on a device, and of the device itself. */
export const applyCodes = {
  'agent-too-old': {
    summary: 'The agent does not know the format of the target state.',
    hint: 'Update the agent of this device.',
    explanation:
      'Target states are never converted; an agent is offered only formats that its greeting names.',
    fault: 'around',
  },
  'archive-broken': {
    summary: 'The archive cannot be read.',
    hint: 'Build the archive again as tar, tar.gz or zip, without encryption.',
    explanation: 'Its bytes are those that were stated, and yet no reader of its format understands them.',
    fault: 'itself',
  },
  'archive-unsafe': {
    summary: 'The archive holds an entry that would leave its folder, or is too large unpacked.',
    hint: "Build the archive again without absolute paths, '..', devices, set-uid files and links that lead out.",
    explanation: 'An archive is unpacked by a privileged program; nothing in it may write elsewhere.',
    fault: 'itself',
  },
  'artifact-slow': {
    summary: 'The host of an artifact stopped sending.',
    hint: 'Check the host and the network of the device; it goes on where it stopped.',
    explanation:
      'A download that is silent for too long is given up, so that a hanging host holds nothing up.',
    fault: 'around',
  },
  'artifact-truncated': {
    summary: 'The download ended before its stated size.',
    hint: 'Check the host; the device goes on where it stopped.',
    explanation: 'Fewer bytes than stated were received.',
    fault: 'around',
  },
  'artifact-unreachable': {
    summary: 'The host of an artifact could not be reached, or answered with an error.',
    hint: 'Check the URL, the host and the network of the device.',
    explanation: 'A download is retried with growing pauses and goes on where it stopped.',
    fault: 'around',
  },
  cancelled: {
    summary: 'The work was called off.',
    hint: 'Nothing to do.',
    explanation: 'Stopping a program or a newer revision ends waits early.',
    fault: 'program',
  },
  'clock-behind': {
    summary: "The device's clock runs behind the signed time.",
    hint: 'Set the clock of the device.',
    explanation:
      'Metadata carries the time of its signing; a clock before that is wrong, and is only reported.',
    fault: 'program',
  },
  'config-invalid': {
    summary: 'The inline data of a config cannot be decoded.',
    hint: 'Correct data or encoding in the running config.',
    explanation: 'Config data is utf8 or base64.',
    fault: 'itself',
  },
  'counter-not-rising': {
    summary: 'The counter of the commit is not above that of the last recorded one.',
    hint: 'Raise the offset in trust/history.json, or merge the recorded head.',
    explanation:
      'The counter is the generation number of the commit plus an offset. A device refuses what does not rise.',
    fault: 'itself',
  },
  'dependency-failed': {
    summary: 'A unit that this one requires did not become ready.',
    hint: 'Look at the log of the required unit.',
    explanation: 'Units start in the order of what they require.',
    fault: 'itself',
  },
  'duplicate-identity': {
    summary: 'Two live streams use one device identity.',
    hint: 'Find the cloned device and enrol it anew.',
    explanation:
      'A restored or cloned state folder makes two devices of one name. The newer stream wins; when they take turns, both are kept out for ten minutes at a time.',
    fault: 'program',
  },
  'engine-failed': {
    summary: 'The container engine could not do what it was asked.',
    hint: "Look at the engine's own log on the device.",
    explanation: 'The engine answered with a failure of its own; it is asked again.',
    fault: 'around',
  },
  'engine-refused': {
    summary: 'The container engine refuses what the unit asks for.',
    hint: 'Correct the setting that the engine names.',
    explanation:
      'Containers are created before anything is stopped, so that the engine has said yes to every setting before.',
    fault: 'itself',
  },
  'engine-unreachable': {
    summary: 'The container engine of the device does not answer.',
    hint: 'Start the engine, and see whether the agent may use its socket; name another one with --engine.',
    explanation:
      'Containers are run by docker, podman or balena-engine through the socket of the Docker API.',
    fault: 'around',
  },
  'health-failed': {
    summary: 'The unit did not stay healthy in its window.',
    hint: 'Look at its log with: fairlead-agent logs <unit>',
    explanation: 'A revision is kept only if everything it started stays healthy for the window.',
    fault: 'itself',
  },
  'image-unavailable': {
    summary: 'The engine could not pull an image.',
    hint: "Check registry and network; a login is kept with: fairlead-agent secrets set 'registry/<host>' (user:password).",
    explanation:
      'Images are pulled by digest from the registry that their reference names. What fails is tried again with growing pauses.',
    fault: 'around',
  },
  inconsistent: {
    summary: 'Going back failed too; some units are not what they should be.',
    hint: 'Look at the reason of each unit; a newer revision is taken at once.',
    explanation: 'What can run runs, the rest is retried with back-off.',
    fault: 'around',
  },
  interrupted: {
    summary: 'A reboot interrupted the transaction; it was rolled back.',
    hint: 'Nothing to do: the revision is tried again when it is offered again.',
    explanation: 'After a reboot an open transaction is rolled back to the last committed state.',
    fault: 'around',
  },
  'missing-secret': {
    summary: 'A secret that the target state names is not on this device.',
    hint: 'Put the secret into the store of this device, or leave the reference out.',
    explanation: 'Secrets never stand in Git; a missing one is refused before anything is touched.',
    fault: 'around',
  },
  'name-taken': {
    summary: 'A container of this name is there that Fairlead did not make.',
    hint: 'Rename or remove it, or give the unit another name.',
    explanation: 'Containers of others are left alone.',
    fault: 'around',
  },
  'no-space': {
    summary: 'Not enough free space to stage the revision and keep the way back.',
    hint: 'Free space on the device.',
    explanation: 'New sizes, the largest way back and a reserve are counted before anything is touched.',
    fault: 'around',
  },
  'not-in-fleet': {
    summary: 'The device is not listed in devices.json.',
    hint: 'Add the device to devices.json and push.',
    explanation: 'The fleet repository alone says who belongs to the fleet.',
    fault: 'program',
  },
  'out-of-memory': {
    summary: 'The unit took more memory than its limit.',
    hint: 'Give it more (mem_limit of its template), or find out why it takes so much.',
    explanation: 'The kernel killed it, or a process that it had started, at the limit of its control group.',
    fault: 'itself',
  },
  'pending-download': {
    summary: 'Downloading.',
    hint: 'Wait, or look at the network of the device.',
    explanation: 'A download is under way.',
    fault: 'around',
  },
  'pending-idle': {
    summary: 'Downloaded; waits until the device is idle.',
    hint: 'Wait, release what keeps it busy, or run `fairlead-agent apply` on the device.',
    explanation:
      "The group says to apply when the device is idle, and a job holds it busy. Locks end by themselves; 'POST /idle' on the agent's socket overrules them.",
    fault: 'around',
  },
  'pending-window': {
    summary: 'Downloaded; waits for its maintenance window.',
    hint: 'Wait for the window, or run `fairlead-agent apply` on the device.',
    explanation:
      'The group says in which window what runs may be touched. Nothing is stopped before it opens; what has begun runs to its end.',
    fault: 'around',
  },
  'program-not-found': {
    summary: 'The program of a job does not exist or cannot be executed.',
    hint: 'Correct exec_cmd, or bring the program in the image.',
    explanation: 'The program is looked up in the image and on the PATH of the device when the unit starts.',
    fault: 'itself',
  },
  'ready-timeout': {
    summary: 'The unit did not become ready in time.',
    hint: 'Look at its log with: fairlead-agent logs <unit>',
    explanation:
      'A job with an OK string must print !!OK!! before timeout_for_ok, or the deadline of the agent.',
    fault: 'itself',
  },
  'restart-limit': {
    summary: 'The unit ended more often than its restart limit allows.',
    hint: 'Look at its log with: fairlead-agent logs <unit>',
    explanation: 'A job is started again at most restart_limit times without a healthy period between.',
    fault: 'itself',
  },
  'size-mismatch': {
    summary: 'The artifact is not as large as stated.',
    hint: 'Correct size and checksum in the running config, or publish the right file.',
    explanation: 'A stated size caps the download and must match exactly.',
    fault: 'itself',
  },
  'spawn-failed': {
    summary: 'The system could not start a process.',
    hint: 'Look at limits of processes and memory on the device.',
    explanation: 'Starting failed for a reason that lies around the revision.',
    fault: 'around',
  },
  'start-failed': {
    summary: 'The unit ended while it was starting.',
    hint: 'Look at its log with: fairlead-agent logs <unit>',
    explanation: 'A unit must outlive its start.',
    fault: 'itself',
  },
  'state-restored': {
    summary: 'The state folder of the device was restored from an older copy.',
    hint: 'Check who restored the device.',
    explanation:
      'The log knows a later receipt than the device; the device takes its place in the chain from the log and says so.',
    fault: 'program',
  },
  'stop-failed': {
    summary: 'The unit could not be stopped.',
    hint: 'Look for processes in uninterruptible sleep.',
    explanation: 'A unit is asked to stop, then killed after its grace.',
    fault: 'around',
  },
  'storage-failed': {
    summary: 'Reading or writing a file failed.',
    hint: 'Check the disk and the permissions of the state folder.',
    explanation: 'Nothing is taken as stored before it is on disk.',
    fault: 'around',
  },
  superseded: {
    summary: 'A newer revision took the place of this one.',
    hint: 'Nothing to do.',
    explanation:
      'A newer revision drops one that is still staging; one that has begun to stop units runs to its end first.',
    fault: 'around',
  },
  'target-unavailable': {
    summary: 'The target state could not be fetched.',
    hint: 'Check the connection to the server.',
    explanation: 'Large target states go by digest over HTTPS.',
    fault: 'around',
  },
  'timed-out': {
    summary: 'Not done in time.',
    hint: 'Try again; look for what is slow.',
    explanation: 'Every wait has a bound.',
    fault: 'around',
  },
  'unit-ended': {
    summary: 'The unit ended by itself and is not to be started again.',
    hint: 'Look at its log with: fairlead-agent logs <unit>',
    explanation: 'A job without restart that ends with anything but exit code 0 has failed.',
    fault: 'itself',
  },
  unsupported: {
    summary: 'Signed content holds something that this agent does not know.',
    hint: 'Update the agent of this device.',
    explanation: 'Manifest and target state are parsed strictly; unknown content is never ignored.',
    fault: 'itself',
  },
  'unsupported-feature': {
    summary: 'This device cannot do what the unit asks for.',
    hint: 'Remove the setting, or choose a device that supports it.',
    explanation: 'What is asked for is done or refused, never silently ignored.',
    fault: 'itself',
  },
} as const satisfies CodeTable;
