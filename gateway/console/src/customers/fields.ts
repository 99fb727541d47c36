import { msg } from "@lingui/core/macro";
import type { Field, FieldGroup } from "../ui/fields";

/** The names that lists and headings are made of. */
const NAME: FieldGroup = {
  label: msg`Name`,
  fields: [
    { name: "title", label: msg`Title`, input: "text", max: 100, autoComplete: "off" },
    { name: "firstName", label: msg`First name`, input: "text", max: 100, autoComplete: "off" },
    { name: "middleName", label: msg`Middle name`, input: "text", max: 100, autoComplete: "off" },
    { name: "lastName", label: msg`Last name`, input: "text", max: 100, autoComplete: "off" },
  ],
};

const CONTACT: FieldGroup = {
  label: msg`Contact`,
  fields: [
    { name: "email", label: msg`Email`, input: "email", max: 254, autoComplete: "off" },
    { name: "primaryPhone", label: msg`Primary phone`, input: "phone" },
    { name: "secondaryPhone", label: msg`Secondary phone`, input: "phone" },
    { name: "mobilePhone", label: msg`Mobile phone`, input: "phone" },
    { name: "workPhone", label: msg`Work phone`, input: "phone" },
    { name: "personalPhone", label: msg`Personal phone`, input: "phone" },
    { name: "fax", label: msg`Fax`, input: "phone" },
  ],
};

const WORK: FieldGroup = {
  label: msg`Company`,
  fields: [
    {
      name: "accountType",
      label: msg`Type`,
      input: "choice",
      choices: [
        { value: "ACCOUNT_TYPE_UNSPECIFIED", label: msg`Not specified` },
        { value: "ACCOUNT_TYPE_PRIVATE", label: msg`Private` },
        { value: "ACCOUNT_TYPE_BUSINESS", label: msg`Business` },
      ],
    },
    { name: "company", label: msg`Company`, input: "text", max: 100, autoComplete: "off" },
    { name: "department", label: msg`Department`, input: "text", max: 100 },
    { name: "jobTitle", label: msg`Job title`, input: "text", max: 100 },
    { name: "taxNumber", label: msg`Tax number`, input: "text", max: 50 },
  ],
};

const PERSONAL: FieldGroup = {
  label: msg`Personal`,
  fields: [
    { name: "birthDate", label: msg`Birth date`, input: "date" },
    { name: "preferredLanguage", label: msg`Language`, input: "language", max: 35 },
    { name: "timeZone", label: msg`Time zone`, input: "timeZone", max: 64 },
    { name: "newsletter", label: msg`Newsletter`, input: "switch" },
  ],
};

const COMPANY: FieldGroup = {
  label: msg`Internal`,
  fields: [
    { name: "source", label: msg`How they heard of us`, input: "text", max: 100 },
    { name: "externalId", label: msg`ID in another system`, input: "text", max: 100 },
    { name: "assignedStaff", label: msg`Assigned staff`, input: "staff" },
  ],
};

/** The fields of a customer that people write, as the record shows them. Which are required the field policy says. */
export const CUSTOMER_GROUPS: readonly FieldGroup[] = [NAME, CONTACT, WORK, PERSONAL, COMPANY];

export const CUSTOMER_FIELDS: readonly Field[] = CUSTOMER_GROUPS.flatMap((group) => group.fields);

/** What the form of a new customer asks for at first, and what only where more is known. */
const asked = new Set(["firstName", "lastName", "email", "primaryPhone", "company", "newsletter"]);
export const NEW_CONTACT: readonly Field[] = CUSTOMER_FIELDS.filter(({ name }) => asked.has(name));
export const NEW_MORE: readonly Field[] = CUSTOMER_FIELDS.filter(
  ({ name }) => !asked.has(name) && name !== "assignedStaff",
);
export const NEW_STAFF: readonly Field[] = COMPANY.fields.filter(({ name }) => name === "assignedStaff");
