import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { ADDRESS_FIELDS } from "../addresses/fields";
import { CUSTOMER_FIELDS } from "../customers/fields";
import { PERMISSIONS } from "../staff/words";

/** What happened, after the name of who did it. */
const EVENTS: Record<string, MessageDescriptor> = {
  "customer.created": msg`created the customer`,
  "customer.updated": msg`changed the record`,
  "customer.deleted": msg`deleted the customer`,
  "customer.consent_recorded": msg`recorded a consent`,
  "history.deleted": msg`deleted the history`,
  "address.created": msg`added an address`,
  "address.updated": msg`changed an address`,
  "address.deleted": msg`deleted an address`,
  "membership.created": msg`added the customer to a group`,
  "membership.updated": msg`changed the primary group`,
  "membership.deleted": msg`removed the customer from a group`,
  "account.created": msg`created a sign-in account`,
  "account.updated": msg`changed the account`,
  "account.deleted": msg`deleted the account`,
  "account.approved": msg`approved the customer`,
  "account.declined": msg`declined the customer`,
  "account.disabled": msg`disabled the sign-in`,
  "account.enabled": msg`let the customer sign in again`,
  "account.password_set": msg`set a temporary password`,
  "account.password_changed": msg`changed the password`,
  "account.password_reset": msg`chose a new password with a code`,
  "account.reset_code_created": msg`gave a code for a new password`,
  "account.security_answer_set": msg`changed the security question`,
  "account.security_answer_verified": msg`was given the right answer to the security question`,
  "account.security_answer_failed": msg`was given a wrong answer to the security question`,
  "account.unlocked": msg`ended the wait after wrong passwords`,
  "account.signed_in": msg`signed in`,
  "session.created": msg`signed in`,
  "session.updated": msg`changed the session`,
  "session.deleted": msg`signed out`,
  "group.created": msg`created a group`,
  "group.updated": msg`changed a group`,
  "group.deleted": msg`deleted a group`,
  "export.created": msg`began an export of customers`,
  "export.ended": msg`ended an export of customers`,
  "field_policy.updated": msg`changed what customers are asked for`,
  "security_question.created": msg`added a security question`,
  "security_question.updated": msg`changed a security question of the list`,
  "security_question.deleted": msg`took a security question from the list`,
  "role.created": msg`created a role`,
  "role.updated": msg`changed a role`,
  "role.deleted": msg`deleted a role`,
  "staff.created": msg`created a member of staff`,
  "staff.updated": msg`changed a member of staff`,
  "staff.deleted": msg`deleted a member of staff`,
  "staff.password_set": msg`set a temporary password for a member of staff`,
  "staff.password_changed": msg`changed their password`,
  "staff.unlocked": msg`ended the wait of a member of staff after wrong passwords`,
};

/** Words for a type of event; undefined for one that is not known here. */
export function eventWords(type: string): MessageDescriptor | undefined {
  return EVENTS[type];
}

const OTHER_FIELDS: Record<string, MessageDescriptor> = {
  number: msg`Number`,
  eventCount: msg`Number of entries`,
  status: msg`Status`,
  username: msg`Username`,
  passwordSet: msg`Has a password`,
  passwordTemporary: msg`Temporary password`,
  securityQuestion: msg`Security question`,
  passwordGivenBy: msg`Password given by`,
  approval: msg`Approval`,
  statusReason: msg`Reason`,
  group: msg`Group`,
  primary: msg`Primary group`,
  displayName: msg`Name`,
  description: msg`Description`,
  approvalRequired: msg`Approval needed`,
  assignmentClosed: msg`Closed for assignment`,
  format: msg`File`,
  columns: msg`Columns`,
  selectedBy: msg`Chosen by`,
  createTimeFrom: msg`Created from`,
  createTimeBefore: msg`Created before`,
  outcome: msg`Outcome`,
  rowCount: msg`Customers`,
  role: msg`Role`,
  channel: msg`Channel`,
  address: msg`Address`,
  permissions: msg`Permissions`,
  scope: msg`Whose customers`,
  signature: msg`Signature`,
  disabled: msg`Disabled`,
  metadata: msg`Metadata`,
};

const FIELDS = new Map<string, MessageDescriptor>([
  ...Object.entries(OTHER_FIELDS),
  ...ADDRESS_FIELDS.map(({ name, label }) => [name, label] as const),
  ...CUSTOMER_FIELDS.map(({ name, label }) => [name, label] as const),
]);

/** The name of a field, by its name in JSON; undefined for one that is not known here. */
export function fieldWords(name: string): MessageDescriptor | undefined {
  return FIELDS.get(name);
}

/** Parts of fields that are said after the name of the field. */
const PARTS: Record<string, MessageDescriptor> = {
  region_code: msg`Country`,
  extension: msg`Extension`,
  console: msg`Console`,
  registration: msg`Registration`,
  point_of_sale: msg`Point of sale`,
  import: msg`Import`,
  pattern: msg`Pattern`,
  hint: msg`What it asks for`,
};

/** Words for a part of a field, by its name in the API; undefined for one that is not known here. */
export function partWords(name: string): MessageDescriptor | undefined {
  return PARTS[name];
}

/** Values of enums that changes name. */
const VALUES: Record<string, MessageDescriptor> = {
  ACCOUNT_TYPE_PRIVATE: msg`Private`,
  ACCOUNT_TYPE_BUSINESS: msg`Business`,
  STATUS_ACTIVE: msg`Active`,
  STATUS_PENDING_VERIFICATION: msg`Unverified`,
  STATUS_PENDING_APPROVAL: msg`Awaits approval`,
  STATUS_DISABLED: msg`Disabled`,
  FORMAT_CSV: msg`CSV`,
  FORMAT_XLSX: msg`Excel`,
  FORMAT_JSON_LINES: msg`JSON`,
  OUTCOME_COMPLETE: msg`Complete`,
  OUTCOME_ABANDONED: msg`Cancelled`,
  OUTCOME_FAILED: msg`Failed`,
  APPROVAL_NEEDED: msg`Needed`,
  APPROVAL_APPROVED: msg`Approved`,
  APPROVAL_DECLINED: msg`Declined`,
  NEED_OFF: msg`Off`,
  NEED_OPTIONAL: msg`Optional`,
  NEED_REQUIRED: msg`Required`,
  CHANNEL_CONSOLE: msg`Console`,
  CHANNEL_REGISTRATION: msg`Registration`,
  CHANNEL_POINT_OF_SALE: msg`Point of sale`,
  CHANNEL_IMPORT: msg`Import`,
  ADDRESS_USE_SHIPPING: msg`Shipping`,
  ADDRESS_USE_BILLING: msg`Billing`,
  SCOPE_ALL: msg`All customers`,
  SCOPE_ASSIGNED: msg`Assigned customers`,
  ...Object.fromEntries(PERMISSIONS.flatMap(({ permissions }) => permissions)),
};

/** Words for a value of an enum; undefined for other texts. */
export function valueWords(text: string): MessageDescriptor | undefined {
  return VALUES[text];
}
