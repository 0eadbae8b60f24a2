// SPDX-License-Identifier: Apache-2.0
export {
  decodeEnrollRequest,
  decodeEnrollResponse,
  decodeRenewRequest,
  encodeEnrollRequest,
  encodeEnrollResponse,
  encodeRenewRequest,
  type EnrollRequest,
  type EnrollResponse,
  type RenewRequest,
} from './enrollment.ts';
export { decodeFromAgent, encodeFromAgent } from './from-agent.ts';
export { decodeFromServer, encodeFromServer } from './from-server.ts';
export type {
  Command,
  CommandAction,
  CommandResult,
  DeviceState,
  DriftFound,
  FromAgent,
  FromServer,
  Goodbye,
  GoodbyeReason,
  HeldMetadata,
  Hello,
  Offer,
  OfferOwn,
  OfferShared,
  ReceiptAck,
  ReceiptPosition,
  RecordAck,
  Refresh,
  Refusal,
  SealedReceipt,
  Status,
  StreamLimits,
  UnitStatus,
  UnknownMessage,
  Welcome,
} from './messages.ts';
export { decodeHealthRequest, encodeHealthResponse, type ServingStatus } from './health.ts';
export { asSerialized, type Frame } from './frame.ts';
export { encodeOfferOwn, encodeOfferShared, offerFrame } from './offer-frame.ts';
export {
  decodeStatusPage,
  decodeStatusPart,
  decodeStatusRequest,
  encodeStatusPage,
  encodeStatusPart,
  encodeStatusRequest,
  encodeWatchRequest,
  type FleetDeviceState,
  type FleetDeviceStatus,
  type FleetHead,
  type FleetProblem,
  type StatusPage,
  type StatusPart,
} from './operator.ts';
export {
  decodeApproveRequest,
  decodeApproveResponse,
  decodeEnrolmentsPage,
  decodeEnrolmentsRequest,
  decodeRevokeRequest,
  decodeRevokeResponse,
  encodeApproveRequest,
  encodeApproveResponse,
  encodeEnrolmentsPage,
  encodeEnrolmentsRequest,
  encodeRevokeRequest,
  encodeRevokeResponse,
  type ApproveRequest,
  type DeviceEnrolment,
  type EnrolmentsPage,
  type IssuedEnrolment,
  type WaitingKey,
} from './operator-enrolment.ts';
export {
  agentService,
  codeKey,
  enrollmentService,
  healthService,
  operatorService,
  retryAfterKey,
  type BytesMethod,
} from './services.ts';
export { PROTOCOL, wireLimits } from './wire-limits.ts';
export { trustUpdateOf } from './trust-update.ts';
