/**
 * Every code that an error of the runner can have, and the HTTP status that it means. A code means one
 * status, wherever it comes from.
 *
 * @module
 */

/**
 * The codes with status 400. They are apart from the table so that a Worker need not hold them.
 *
 * @internal
 */
export const BAD_REQUEST_CODES = [
  "bad_address",
  "bad_answer",
  "bad_app",
  "bad_body",
  "bad_bot_name",
  "bad_digits",
  "bad_env_file",
  "bad_form",
  "bad_json",
  "bad_number",
  "bad_option",
  "bad_opus_packet",
  "bad_picture",
  "bad_private_key",
  "bad_public_key",
  "bad_request",
  "bad_secret",
  "bad_start",
  "bad_wav",
  "bad_webhook",
  "bad_xml",
  "body_cut",
  "bot_not_loaded",
  "call_failed",
  "carrier_violations",
  "daily_properties_rejected",
  "host_not_available",
  "invalid_offer",
  "no_bot",
  "no_bot_file",
  "no_command_line",
  "no_folder",
  "no_picture",
  "no_room",
  "no_secret",
  "no_transport",
  "no_webrtc",
  "no_worker",
  "nobody_came",
  "not_connected",
  "not_heard",
  "not_permitted",
  "not_webrtc",
  "port_in_use",
  "port_not_allowed",
  "session_ended",
  "transport_disabled",
  "transport_not_allowed",
  "usage",
] as const;

/**
 * The status of every other code.
 *
 * @internal
 */
export const STATUSES = {
  answer_failed: 502,
  bad_environment: 500,
  bad_metrics_token: 401,
  bad_signature: 403,
  bad_start_token: 401,
  bad_token: 403,
  body_late: 408,
  body_taken: 500,
  call_over: 410,
  call_refused: 502,
  carrier_cannot: 501,
  carrier_off: 403,
  closing: 503,
  connect_timeout: 504,
  daily_busy: 429,
  daily_failed: 502,
  daily_refused: 502,
  daily_rejected: 502,
  daily_unreachable: 504,
  dial_failed: 502,
  dial_off: 403,
  dial_uncertain: 504,
  draining: 503,
  fleet_full: 503,
  full: 503,
  hang_up_failed: 502,
  host_not_allowed: 403,
  internal: 500,
  key_reused: 422,
  no_credentials: 500,
  no_file: 404,
  no_media_node: 503,
  no_public_url: 500,
  no_start_token: 401,
  no_udp_port: 503,
  node_failed: 502,
  not_answered: 503,
  not_forwarded: 403,
  not_found: 404,
  not_signed: 403,
  not_verified: 403,
  not_visited: 403,
  number_not_allowed: 403,
  origin_not_allowed: 403,
  overloaded: 503,
  package_missing: 500,
  property_not_allowed: 403,
  replayed: 403,
  room_not_joined: 502,
  send_digits_failed: 502,
  session_gone: 410,
  speech_failed: 500,
  store_full: 503,
  store_unavailable: 503,
  stream_refused: 502,
  too_large: 413,
  too_many_files: 413,
  too_many_offers: 429,
  too_many_starts: 429,
  too_many_tokens: 429,
  transfer_failed: 502,
  unknown_peer: 404,
  unknown_session: 404,
  unreachable: 502,
  upgrade_required: 426,
  upload_failed: 500,
  uploads_off: 503,
  webhook_refused: 502,
  whatsapp_refused: 502,
  whatsapp_silent: 502,
  wrong_base_path: 500,
  wrong_method: 405,
} as const;

/** The code of an error: stable, and what a program should look at. */
export type RunnerErrorCode = (typeof BAD_REQUEST_CODES)[number] | keyof typeof STATUSES;

/** The HTTP status that a code means. */
export function statusOf(code: RunnerErrorCode): number {
  const statuses: Readonly<Partial<Record<RunnerErrorCode, number>>> = STATUSES;
  return statuses[code] ?? 400;
}
