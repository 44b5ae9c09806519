/**
 * Why a handshake fails.
 *
 * @module
 */

/** The alerts that are sent and understood (RFC 5246 section 7.2). */
export const ALERTS = {
  close_notify: 0,
  unexpected_message: 10,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  illegal_parameter: 47,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  internal_error: 80,
  unsupported_extension: 110,
} as const;

/** The name of an alert. */
export type AlertName = keyof typeof ALERTS;

/** The peer cannot be trusted or understood: the handshake is over, with this alert. */
export class HandshakeFailure extends Error {
  /** The alert that tells the peer. */
  readonly alert: AlertName;

  /**
   * Makes a failure.
   *
   * @param reason What is wrong, in words for the log, without anything that the peer has sent.
   */
  constructor(alert: AlertName, reason: string) {
    super(reason);
    this.alert = alert;
  }
}
