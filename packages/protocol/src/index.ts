export { createByteChannel } from './byte-channel.ts';
export type { ByteChannelOptions, ByteDuplex } from './byte-channel.ts';
export { CAPABILITIES, isSupported } from './capabilities.ts';
export type { Capabilities, Capability, Claim } from './capabilities.ts';
export type { Channel, ChannelHandlers, Message } from './channel.ts';
export { createChannelPair } from './channel-pair.ts';
export { ERROR_CODES, IsomuxError, createOutcomeError, isErrorCode, isIsomuxError } from './errors.ts';
export type { ErrorCode, ErrorCodeEntry, OutcomeError } from './errors.ts';
export { createFrameDecoder, encodeFrame } from './frame.ts';
export type { FrameDecoder, FrameDecoderOptions } from './frame.ts';
export { hashText } from './hash.ts';
export { parseCapabilities, parseHeader } from './header-parser.ts';
export type { Half } from './header-parser.ts';
export { DEFAULT_LEDGER_BYTES, createLedger } from './ledger.ts';
export type { Ledger, LedgerOptions, Settlement } from './ledger.ts';
export { clampLimits, parseLimits } from './limit-parser.ts';
export type { LimitsInput } from './limit-parser.ts';
export { DEFAULT_LIMITS, LIMIT_CEILINGS, LIMIT_NAMES, LIMIT_RANGES, MAX_TOOL_NAME_LENGTH } from './limits.ts';
export type { LimitRange, Limits } from './limits.ts';
export { DEFAULT_CODEC_LIMITS, decodeMessage, encodeMessage } from './message-codec.ts';
export type { CodecLimits } from './message-codec.ts';
export { countPayloads, parseMessage } from './message-parser.ts';
export { describeOutcome } from './outcome-message.ts';
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
  LostHeader,
  OpenHeader,
  OutcomeHeader,
  PingHeader,
  PongHeader,
  PreparationHeader,
  ReplayHeader,
  RunStats,
  SettleHeader,
  StartedHeader,
  TurnHeader,
  TurnInput,
  TurnRecord,
} from './messages.ts';
export { encodeOpenPayloads, parseOpenPayloads, parseOutcomeError, parseStringPayload } from './payloads.ts';
export type { OpenPayloads, PreparationPayloads } from './payloads.ts';
export { CARRIER_TIMES, createResumableChannel } from './resumable-channel.ts';
export type { Carrier, CarrierEnd, CarrierLink, ResumableChannel, ResumableChannelOptions } from './resumable-channel.ts';
export { nearestName } from './nearest-name.ts';
export { createPortChannel } from './port-channel.ts';
export type { PortChannelOptions, PortLike } from './port-channel.ts';
export type {
  ExecuteDone,
  ExecuteError,
  ExecuteNeedTools,
  ExecuteRequest,
  ExecuteResponse,
  ExecuteUpgrade,
  ToolCallRequest,
  ToolResultPayload,
  ToolSchema,
} from './rounds.ts';
export { acceptsUpgrade, parseExecuteRequest } from './rounds-request.ts';
export type { RoundRequest, RoundResult } from './rounds-request.ts';
export { isExecuteUpgrade, parseExecuteResponse } from './rounds-response.ts';
export { PORTABLE_GLOBALS, assertToolName } from './tool-name.ts';
export { createUnitDecoder, encodeUnitPrefix } from './unit-frame.ts';
export type { UnitDecoder, UnitDecoderOptions } from './unit-frame.ts';
