import { Trans, useLingui } from "@lingui/react/macro";
import { Alert } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Status } from "../../ui/Status";
import { type Duplicate, type DuplicatesRequest, duplicatesQuery, fullName, idOf, type NewCustomer } from "../queries";
import classes from "./New.module.css";

/** How long nothing is typed before somebody is looked for, in milliseconds. */
const REST = 400;

/** Says while a customer is typed who may be the same one, with the way to each. Nobody is kept from going on. */
export function Duplicates({ of }: { of: NewCustomer }) {
  // compared as text: what is typed is another object each time
  const [rested] = useDebouncedValue(JSON.stringify(request(of)), REST);
  const { data } = useQuery(duplicatesQuery(JSON.parse(rested) as DuplicatesRequest));
  const found = data?.duplicates ?? [];
  return (
    <div role="status">
      {found.length > 0 && (
        <Alert color="yellow" variant="light" title={<Trans>Perhaps this customer is here already</Trans>}>
          <ul className={classes.duplicates}>
            {found.map((duplicate) => (
              <Found key={duplicate.customer?.name} duplicate={duplicate} />
            ))}
          </ul>
        </Alert>
      )}
    </div>
  );
}

function Found({ duplicate: { customer, reasons = [] } }: { duplicate: Duplicate }) {
  const { t } = useLingui();
  if (!customer) return null;
  const words = {
    REASON_UNSPECIFIED: "",
    REASON_EMAIL: t`same email`,
    REASON_PHONE: t`same phone`,
    REASON_NAME_AND_POSTAL_CODE: t`same name and postcode`,
  };
  return (
    <li>
      <Link
        to="/customers/$customer/{-$section}"
        params={{ customer: idOf(customer.name), section: undefined }}
        target="_blank"
      >
        {fullName(customer)}
      </Link>
      <span className="faint">{[customer.number, customer.company].filter(Boolean).join(" · ")}</span>
      <Status status={customer.status} />
      <span>{reasons.map((reason) => words[reason]).join(", ")}</span>
    </li>
  );
}

/** What is looked for of what is typed: all phones, and the first address. */
function request({ customer, addresses }: NewCustomer): DuplicatesRequest {
  const { email = "", firstName = "", lastName = "" } = customer ?? {};
  const { primaryPhone, secondaryPhone, personalPhone, workPhone, mobilePhone } = customer ?? {};
  const phones = [primaryPhone, secondaryPhone, personalPhone, workPhone, mobilePhone];
  return {
    email,
    firstName,
    lastName,
    phones: phones.flatMap((phone) => (phone?.number ? [phone.number] : [])),
    postalCode: addresses?.[0]?.postalCode ?? "",
  };
}
