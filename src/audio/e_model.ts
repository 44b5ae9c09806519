/**
 * Estimates how a call sounds from what the network did to it: the E-model of ITU-T G.107, reduced
 * to delay and loss.
 *
 * Everything else has the Recommendation's default values, which leave R = 93.2. The delay
 * impairment is the approximation of R. Cole and J. Rosenbluth, "Voice over IP performance
 * monitoring", ACM SIGCOMM Computer Communication Review 31 (2), 2001. The loss impairment is
 * G.107's Ie,eff for random loss, with the values of G.113 Appendix I for G.711 with concealment,
 * Ie = 0 and Bpl = 25.1, since both sides conceal lost audio. There are no such values for Opus, so
 * it counts as the same.
 *
 * @module
 */

/** R with only the default impairments. */
const BEST_R = 93.2;
/** A conversation suffers from this delay on, in ms. */
const LATE_MS = 177.3;
/** How much loss the codec tolerates: larger is better. */
const ROBUSTNESS = 25.1;
/** The largest loss impairment. */
const WORST_LOSS = 95;

/** What the network does to one direction of a call. */
export interface Conditions {
  /** From mouth to ear, in ms. */
  readonly delayMs: number;
  /** Share of the packets that is lost, from 0 to 1. */
  readonly lossRatio: number;
}

/** The rating R, from 0 to 93.2. */
export function ratingOf({ delayMs, lossRatio }: Conditions): number {
  const late = Math.max(0, delayMs - LATE_MS);
  const byDelay = 0.024 * delayMs + 0.11 * late;
  const percent = 100 * lossRatio;
  const byLoss = WORST_LOSS * percent / (percent + ROBUSTNESS);
  return Math.max(0, BEST_R - byDelay - byLoss);
}

/** The mean opinion score, from 1 to 4.41, for R (G.107 Annex B). */
export function mosOf(conditions: Conditions): number {
  const r = ratingOf(conditions);
  // Below an R of 6.5 the polynomial dips under 1.
  return Math.max(1, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r));
}
