// What a service says about a field, in the language of the person.

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { camelCase, type Problem } from "../api/problem";
import { countryName } from "./format";

/** What is wrong with one field: its path in the request, such as `addresses[0].city`, and words for a person. */
export interface Wrong {
  path: string;
  text: string;
}

/**
 * The API names no reason of a single violation, but its words are few and always the same: each form of them with what is said
 * instead. Groups of an expression are what the message is filled with; `country` and `region` are codes of countries.
 */
const WORDS: readonly (readonly [RegExp, MessageDescriptor])[] = [
  [/^is (?:needed|empty)$/, msg`Fill this in.`],
  [/^is missing: say where it was given$/, msg`Fill this in.`],
  [/^is needed, or a last name/, msg`A customer needs a name, a company or an email.`],
  [/^is not asked for: leave it out$/, msg`Nobody is asked for this. Leave it empty.`],
  [/^is not as asked for: (?<hint>.+)$/, msg({ message: "Write it as asked for: {hint}." })],
  [/^is no pattern: /, msg`This is no regular expression. They look like [A-Z]+.`],
  [/^asks for too much: /, msg`This is more than can be looked for. Repeat less of it.`],
  [/^is for a pattern, and there is none$/, msg`Write the pattern that asks for this.`],
  [/^cannot be required: /, msg`Nobody has to take a newsletter.`],
  [/^cannot be off with /, msg`Ask for at least one of first name, last name, company and email.`],
  [/^is needed in \w\w: the [^,]+, such as (?<example>.+)$/, msg({ message: "Fill this in, for example {example}." })],
  [/^is needed in \w\w: the [^,]+$/, msg`Fill this in.`],
  [
    /^is no (?:postal code|ZIP code|PIN code|Eircode) of (?<country>\w\w): expected one such as (?<example>.+)$/,
    msg({ message: "This is no postcode of {country}. They look like {example}." }),
  ],
  [
    /^is no [\w ]+ of (?<country>\w\w): expected one such as (?<example>.+)$/,
    msg({ message: "This is not in {country}. Choose one such as {example}." }),
  ],
  [/^is longer than (?<most>\d+) characters$/, msg({ message: "Use at most {most} characters." })],
  [/^is longer than \d+ bytes, or \d+ bytes before the @$/, msg`This is too long for an email address.`],
  [/^is longer than (?<most>\d+) bytes$/, msg({ message: "This is too long: {most} bytes fit." })],
  [/^is shorter than (?<least>\d+) characters$/, msg({ message: "Use at least {least} characters." })],
  [/^has more than (?<most>\d+) items$/, msg({ message: "Choose at most {most}." })],
  [/^holds an item twice$/, msg`Something in this is there twice.`],
  [
    /^holds (?:a control|a character that changes|a NUL)/,
    msg`Take out line breaks and characters that cannot be seen.`,
  ],
  [/^is not an email address/, msg`This is not an email address. They look like name@example.com.`],
  [/^holds a character before the @/, msg`There is a character before the @ that email addresses do not have.`],
  [/^has a dot before the @/, msg`There is a dot before the @ at an end, or next to another.`],
  [/^has no valid domain after the @$/, msg`What stands after the @ is no domain, such as example.com.`],
  [/^holds an @/, msg`Leave the @ out: only email addresses have one.`],
  [/^holds a space$/, msg`Leave spaces out.`],
  [/^could be taken for/, msg`Others could take this name for somebody else. Choose another.`],
  [/^is not a phone number$/, msg`This is not a phone number.`],
  [/^has no country: /, msg`Begin with + and the country code, or choose the country.`],
  [/^begins with a country code that does not exist$/, msg`This country code does not exist.`],
  [
    /^is too short for (?<region>\w+) \(\+\d+\): at least (?<least>\d+) digits/,
    msg({ message: "This is too short for {region}: at least {least} digits follow the country code." }),
  ],
  [
    /^is too long for (?<region>\w+) \(\+\d+\): at most (?<most>\d+) digits/,
    msg({ message: "This is too long for {region}: at most {most} digits follow the country code." }),
  ],
  [
    /^has a number of digits that no number in (?<region>\w+) /,
    msg({ message: "No number in {region} has this many digits." }),
  ],
  [/^has an extension that is not/, msg`An extension is 1 to 7 digits.`],
  [/^has two different extensions$/, msg`There are two extensions. Leave one out.`],
  [/^is not a date/, msg`This day is not in the calendar.`],
  [/^is before (?<year>\d+)$/, msg({ message: "This is before {year}." })],
  [/^is in the future$/, msg`This is in the future.`],
  [/^is not a country/, msg`Choose a country from the list.`],
  [/^is not a language/, msg`Choose a language from the list.`],
  [/^is not a time zone/, msg`Choose a time zone from the list.`],
  [
    /^is one of the passwords that are tried first$/,
    msg`This is one of the passwords that are tried first. Choose another.`,
  ],
  [
    /^repeats few characters or follows the keyboard$/,
    msg`This repeats itself or follows the keyboard. Choose another.`,
  ],
  [/^holds the name or email of its owner$/, msg`Leave names and emails out of a password.`],
  [/^is not the password$/, msg`This is not your password.`],
  [/^is missing for the question$/, msg`Say what the customer answers.`],
  [/^is missing for the answer$/, msg`Choose the question to this answer.`],
  [/^is no question of the list$/, msg`This question is no longer on the list. Choose another.`],
  [/^is no answer$/, msg`Write letters or digits.`],
  [/^is no member of staff$/, msg`This is not a member of staff.`],
  [/^is disabled: enable the person first/, msg`This person is disabled. Choose another.`],
];

/** What is said of a field, in the language of the console; as it stands where its words are not known. */
export function violationText(description: string): string {
  for (const [form, message] of WORDS) {
    const found = form.exec(description);
    if (!found) continue;
    const { country, region, ...others } = found.groups ?? {};
    return i18n._({
      ...message,
      values: {
        ...others,
        ...(country && { country: countryName(country) }),
        // numbers that belong to no country, such as +800, have the region 001
        ...(region && { region: /^[A-Z]{2}$/.test(region) ? countryName(region) : region }),
      },
    });
  }
  return sentence(description);
}

/** What is said instead of the rules that the state of something breaks, by their names. */
const RULES: Record<string, MessageDescriptor> = {
  ACCOUNT_DECLINED: msg`The customer was declined. Approve them instead.`,
  ACCOUNT_DISABLED: msg`The account is disabled. Let the customer sign in again first.`,
  ACCOUNT_NOT_ACTIVE: msg`The customer may not sign in, not even with a new password.`,
  ACCOUNT_NOT_DISABLED: msg`The account is not disabled.`,
  APPROVAL_NOT_NEEDED: msg`Nobody has to approve this customer. Disable the sign-in instead.`,
  CONSENT_RECORDS_FULL: msg`The customer came and went too often to subscribe once more.`,
  CUSTOMER_BEING_DELETED: msg`The customer is being deleted.`,
  CUSTOMER_HAS_TOO_MANY_ADDRESSES: msg`The customer has as many addresses as there can be. Delete one first.`,
  CUSTOMER_IN_TOO_MANY_GROUPS: msg`The customer is in as many groups as there can be. Take them out of one first.`,
  GROUP_ASSIGNMENT_CLOSED: msg`Customers cannot be added to this group by hand.`,
  LAST_ADMINISTRATOR: msg`The last administrator can be neither disabled nor given another role.`,
  NO_SECURITY_QUESTION: msg`The customer has no security question any more.`,
  OWN_ROLE: msg`Nobody changes a role that they have themselves. Ask another administrator.`,
  ROLE_BUILT_IN: msg`Every Patron has this role as it is. Create another.`,
  ROLE_IN_USE: msg`Members of staff have this role. Give them another first.`,
  TOO_MANY_ROLES: msg`There are as many roles as there can be. Delete one first.`,
  OWN_PASSWORD: msg`Change your own password under “Your account”.`,
};

/** What is said of a rule that is broken; the service's words where it is not known here. */
export function ruleText({ rule, description }: { rule: string; description: string }): string {
  const known = RULES[rule];
  return known ? i18n._(known) : sentence(description);
}

/** What is wrong with each field that a call was refused for. Nothing where it was refused for something else. */
export function violationsOf(problem: Problem): Wrong[] {
  const { field } = problem.metadata;
  if (problem.reason === "VALUE_TAKEN" && field) {
    return [{ path: camelCase(field), text: i18n._(msg`Somebody else has this already.`) }];
  }
  return problem.violations.map((it) => ({ path: it.field, text: violationText(it.description) }));
}

/** A service's words about a field, as a sentence of their own. */
function sentence(words: string): string {
  const text = words.trim();
  return text && `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
