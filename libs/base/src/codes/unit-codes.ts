// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with what a group runs: jobs, containers of pods, components. */
export const unitCodes = {
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
  'extends-cycle': {
    summary: 'A pod specification extends itself.',
    hint: 'Take one of the files out of the circle.',
    explanation: 'What extends itself has no bottom. The message names every file of the circle.',
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
  'job-undefined': {
    summary: 'The job does not exist.',
    hint: 'Correct the name, or define the job.',
    explanation: 'Images, configs and dependencies belong to jobs.',
    fault: 'program',
  },
  'missing-command': {
    summary: 'The job has no program.',
    hint: 'Give exec_cmd, or a template that has one.',
    explanation: 'A job must run something.',
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
  'not-for-containers': {
    summary: 'The job is a container, which has no such thing.',
    hint: 'Take it out, or run the job from an image of another type.',
    explanation:
      'A job whose image is of the type docker is run by the container engine of the device: its command, environment, user, limits, dependencies and restarts are those of the job; what a process of the agent has beyond that, it has not.',
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
  'trigger-unsupported': {
    summary: 'Nothing on the device can pull this trigger.',
    hint: 'Use boot, install or interval.',
    explanation: 'A container that waits for what never comes would never start, and nobody would be told.',
    fault: 'program',
  },
} as const satisfies CodeTable;
