export { CAPABILITIES, isSupported } from './capabilities.ts';
export type { Capabilities, Capability, Claim } from './capabilities.ts';
export type { Channel, ChannelHandlers, Message } from './channel.ts';
export { createChannelPair } from './channel-pair.ts';
export { ERROR_CODES, IsomuxError, createOutcomeError, isErrorCode, isIsomuxError } from './errors.ts';
export type { ErrorCode, ErrorCodeEntry, OutcomeError } from './errors.ts';
export { hashText } from './hash.ts';
export { DEFAULT_LIMITS, LIMIT_CEILINGS, LIMIT_NAMES, LIMIT_RANGES } from './limits.ts';
export type { LimitRange, Limits } from './limits.ts';
export { PROTOCOL_VERSION } from './messages.ts';
export type {
  AbortHeader,
  CallRecord,
  ClockMode,
  DriverHeader,
  ExecutorHeader,
  FaultHeader,
  GlobalsPreset,
  Header,
  HelloHeader,
  LogHeader,
  LogLevel,
  OpenHeader,
  OutcomeHeader,
  PingHeader,
  PongHeader,
  ReplayHeader,
  RunStats,
  SettleHeader,
  StartedHeader,
  TurnHeader,
  TurnInput,
  TurnRecord,
} from './messages.ts';
