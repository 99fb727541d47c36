import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { NEW_ADDRESS_FIELDS } from "../../addresses/fields";
import { requestId } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useAsked } from "../../fieldPolicy/use";
import { type FieldValue, givenFields, toInputs, type Values } from "../../ui/fields";
import { sayDone } from "../../ui/notify";
import { violationsOf, type Wrong } from "../../ui/violations";
import { CUSTOMER_FIELDS, NEW_CONTACT, NEW_MORE, NEW_STAFF } from "../fields";
import { fullName, idOf, type NewCustomer, useCreateCustomer } from "../queries";
import { createdMessage } from "./created";

type Errors = Record<string, string | undefined>;

export interface NewErrors {
  customer: Errors;
  account: Errors;
  /** Those of each address, in their order. */
  addresses: Errors[];
  groups: string | undefined;
  /** That there is no address. */
  address: string | undefined;
}

const NO_ERRORS: NewErrors = { customer: {}, account: {}, addresses: [], groups: undefined, address: undefined };

const NO_ACCOUNT = { username: "", password: "", securityQuestion: "", securityAnswer: "", disabled: false };

/** The ways in which staff take down a customer. */
export type StaffChannel = "console" | "pointOfSale";

const EMPTY_ADDRESS: Values = {
  ...toInputs(NEW_ADDRESS_FIELDS, {}),
  uses: ["ADDRESS_USE_SHIPPING", "ADDRESS_USE_BILLING"],
};

/** An address of the form, with a number of its own for as long as it is there. */
export interface NewAddress {
  key: number;
  values: Values;
}

/** What is typed about a new customer, what is wrong with it, and how it is sent. */
export function useNewCustomer() {
  const { t, i18n } = useLingui();
  const navigate = useNavigate();
  const create = useCreateCustomer();
  const [customer, setCustomer] = useState<Values>(() => toInputs(CUSTOMER_FIELDS, {}));
  const [account, setAccount] = useState(NO_ACCOUNT);
  const [again, setAgain] = useState("");
  const [channel, setChannel] = useState<StaffChannel>("console");
  const asked = useAsked(channel);
  const [addresses, setAddresses] = useState<readonly NewAddress[]>([]);
  const [groups, setGroups] = useState<string[]>([]);
  const [errors, setErrors] = useState<NewErrors>(NO_ERRORS);
  const [problem, setProblem] = useState<Problem>();
  const [after, setAfter] = useState<() => void>();
  // one customer, however often the same form is sent; another one once something in it changed
  const sent = useRef({ body: "", id: "" });

  useEffect(() => after?.(), [after]);

  // what is missing the service says, field by field
  const body = {
    customer: givenFields(asked(CUSTOMER_FIELDS), customer),
    ...(addresses.length > 0 && { addresses: addresses.map((it) => givenFields(NEW_ADDRESS_FIELDS, it.values)) }),
    ...(Object.values(account).some(Boolean) && { account }),
    ...(groups.length > 0 && { groups }),
  } as NewCustomer;
  const dirty = JSON.stringify(body) !== '{"customer":{}}';
  if (channel === "pointOfSale") body.channel = "CHANNEL_POINT_OF_SALE";

  async function submit() {
    const text = JSON.stringify(body);
    if (sent.current.body !== text) sent.current = { body: text, id: requestId() };
    setErrors(NO_ERRORS);
    setProblem(undefined);
    if (account.password !== "" && account.password !== again) {
      setErrors({ ...NO_ERRORS, account: { again: t`The two are not the same.` } });
      return;
    }
    try {
      const { data, traceId } = await create.mutateAsync({ body, id: sent.current.id });
      sayDone(createdMessage(fullName(data)), traceId);
      const id = idOf(data.name);
      // only after the guard knows that nothing can be lost
      setAfter(
        () => () =>
          void navigate({ to: "/customers/$customer/{-$section}", params: { customer: id, section: undefined } }),
      );
    } catch (error) {
      const found = asProblem(error);
      const at = place(violationsOf(found));
      // what is said of a field that nobody is asked for stands at the first one
      const shown = asked([...NEW_CONTACT, ...NEW_MORE, ...NEW_STAFF]).map(({ name }) => name);
      at.customer = Object.fromEntries(
        Object.entries(at.customer).map(([name, text]) => [shown.includes(name) ? name : (shown[0] ?? name), text]),
      );
      setErrors(at);
      if (list(at).length === 0) setProblem(found);
    }
  }

  // every field that is wrong: the id of its input, and its name
  const wrong = useMemo(() => {
    const others: Record<string, string> = {
      username: t`Username`,
      password: t`Temporary password`,
      again: t`Temporary password again`,
      securityQuestion: t`Security question`,
      securityAnswer: t`Answer`,
      groups: t`Groups`,
      addresses: t`Addresses`,
    };
    return list(errors).map(({ part, name }) => {
      const fields = part.startsWith("address") ? NEW_ADDRESS_FIELDS : CUSTOMER_FIELDS;
      const field = fields.find((it) => it.name === name);
      return { id: part ? `${part}-${name}` : name, label: field ? i18n._(field.label) : (others[name] ?? name) };
    });
  }, [errors, t, i18n]);

  return {
    body,
    customer,
    account,
    again,
    addresses,
    groups,
    channel,
    asked,
    errors,
    problem,
    busy: create.isPending,
    dirty,
    done: after !== undefined,
    wrong,
    changeCustomer(name: string, value: FieldValue) {
      setCustomer((before) => ({ ...before, [name]: value }));
      setErrors((before) => ({ ...before, customer: { ...before.customer, [name]: undefined } }));
    },
    changeChannel(value: StaffChannel) {
      setChannel(value);
      setErrors(NO_ERRORS);
    },
    addAddress() {
      setErrors((before) => ({ ...before, address: undefined }));
      setAddresses((before) => [...before, { key: (before.at(-1)?.key ?? 0) + 1, values: EMPTY_ADDRESS }]);
    },
    removeAddress(index: number) {
      setAddresses((before) => before.filter((_, at) => at !== index));
      setErrors((before) => ({ ...before, addresses: before.addresses.filter((_, at) => at !== index) }));
    },
    changeAddress(index: number, name: string, value: FieldValue) {
      const changed = (it: NewAddress) => ({ ...it, values: { ...it.values, [name]: value } });
      setAddresses((before) => before.map((it, at) => (at === index ? changed(it) : it)));
      setErrors((before) => ({
        ...before,
        addresses: before.addresses.map((it, at) => (at === index ? { ...it, [name]: undefined } : it)),
      }));
    },
    changeAgain(value: string) {
      setAgain(value);
      setErrors((before) => ({ ...before, account: { ...before.account, again: undefined } }));
    },
    changeAccount(name: keyof typeof account, value: string | boolean) {
      setAccount((before) => ({ ...before, [name]: value }));
      setErrors((before) => ({ ...before, account: { ...before.account, [name]: undefined } }));
    },
    changeGroups(value: string[]) {
      setGroups(value);
      setErrors((before) => ({ ...before, groups: undefined }));
    },
    discard(then: () => void) {
      setAfter(() => then);
    },
    submit,
  };
}

export type NewCustomerForm = ReturnType<typeof useNewCustomer>;

/** What is refused, by the inputs that it is about: `customer.email`, `addresses[0].city`, `account.username`, `groups[1]`. */
function place(wrong: Wrong[]): NewErrors {
  const found: NewErrors = { customer: {}, account: {}, addresses: [], groups: undefined, address: undefined };
  const add = (path: string, text: string) => {
    const [part = "", name = ""] = path.replaceAll(/\[\d+\]/g, "").split(".");
    const index = Number(/^addresses\[(\d+)\]/.exec(path)?.[1] ?? 0);
    if (part === "customer" && name) found.customer[name] ??= text;
    else if (part === "addresses" && name) at(found.addresses, index)[name] ??= text;
    else if (part === "addresses") found.address ??= text;
    else if (part === "account" && name) found.account[name] ??= text;
    else if (part === "groups") found.groups ??= text;
    // fields of the customer are also named without what they are fields of
    else if (CUSTOMER_FIELDS.some((field) => field.name === part)) found.customer[part] ??= text;
    else if (/^(username|password|securityQuestion|securityAnswer)$/.test(part)) found.account[part] ??= text;
  };
  for (const { path, text } of wrong) add(path, text);
  return found;
}

/** The errors of the address at this place. */
function at(addresses: Errors[], index: number): Errors {
  while (addresses.length <= index) addresses.push({});
  return addresses[index] ?? {};
}

function list({ customer, account, addresses, groups, address }: NewErrors): { part: string; name: string }[] {
  const of = (part: string, errors: Errors) =>
    Object.entries(errors).flatMap(([name, text]) => (text ? [{ part, name }] : []));
  return [
    ...of("customer", customer),
    ...of("account", account),
    ...addresses.flatMap((errors, index) => of(`address-${index}`, errors)),
    ...(address ? [{ part: "", name: "addresses" }] : []),
    ...(groups ? [{ part: "", name: "groups" }] : []),
  ];
}
