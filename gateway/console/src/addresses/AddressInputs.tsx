import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../shell/session";
import { FieldEdit } from "../ui/FieldForm";
import type { Field, FieldValue, Values } from "../ui/fields";
import classes from "./AddressInputs.module.css";
import { fieldsOf, RULED } from "./country";
import { EXCEPTION } from "./fields";
import { countryQuery } from "./queries";

interface Props {
  fields: readonly Field[];
  values: Values;
  errors: Readonly<Record<string, string | undefined>>;
  onChange: (name: string, value: FieldValue) => void;
  /** Makes the ids of inputs; by it a summary of errors links to them. */
  prefix?: string;
}

/** The inputs of an address, drawn by the rules of its country. What breaks one may be kept with a reason. */
export function AddressInputs({ fields, values, errors, onChange, prefix }: Props) {
  const may = useMay();
  const [asked, setAsked] = useState(false);
  const code = String(values["countryCode"] ?? "");
  // while another country is read, the fields of the one before stay
  const { data: country } = useQuery(countryQuery(code));
  const exception = asked || Boolean(values[EXCEPTION]) || Boolean(errors[EXCEPTION]);
  const breaks = RULED.some((name) => errors[name]);
  return (
    <>
      <FieldEdit
        fields={fieldsOf(fields, code ? country : undefined, { values, exception })}
        values={values}
        errors={errors}
        onChange={onChange}
        {...(prefix && { prefix })}
      />
      {breaks && !exception && may("CUSTOMER_CREATE") && (
        <p className={classes.offer}>
          <Trans>Is it right as it is?</Trans>{" "}
          <Button variant="default" size="compact-xs" onClick={() => setAsked(true)}>
            <Trans>Keep it with a reason</Trans>
          </Button>
        </p>
      )}
    </>
  );
}
