import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { ConsentChannel, ConsentState } from "./queries";

/** What a customer says. */
export const STATES: Record<ConsentState, MessageDescriptor> = {
  CONSENT_STATE_UNSPECIFIED: msg`Not asked yet`,
  CONSENT_STATE_SUBSCRIBED: msg`Subscribed`,
  CONSENT_STATE_UNSUBSCRIBED: msg`Unsubscribed`,
  CONSENT_STATE_PENDING_CONFIRMATION: msg`Awaits confirmation`,
};

/** How it came to be known. */
export const CHANNELS: Record<ConsentChannel, MessageDescriptor> = {
  CONSENT_CHANNEL_UNSPECIFIED: msg`Not known`,
  CONSENT_CHANNEL_POINT_OF_SALE: msg`At the counter`,
  CONSENT_CHANNEL_CONSOLE: msg`Entered by staff`,
  CONSENT_CHANNEL_REGISTRATION: msg`When signing up`,
  CONSENT_CHANNEL_IMPORT: msg`From a file`,
  CONSENT_CHANNEL_API: msg`From another system`,
};

/** What staff choose from: the others are no ways in which they are told. */
export const TOLD: readonly ConsentChannel[] = [
  "CONSENT_CHANNEL_CONSOLE",
  "CONSENT_CHANNEL_POINT_OF_SALE",
  "CONSENT_CHANNEL_REGISTRATION",
];
