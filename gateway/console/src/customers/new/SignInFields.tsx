import { Trans, useLingui } from "@lingui/react/macro";
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { SecurityAnswerFields } from "../../account/SecurityAnswerFields";
import { useMay } from "../../shell/session";
import type { PhoneValue } from "../../ui/fields";
import classes from "./New.module.css";
import { suggestPassword, suggestUsername } from "./suggest";
import type { NewCustomerForm } from "./useNewCustomer";

/** Username and first password of a new customer. */
export function SignInFields({ form }: { form: NewCustomerForm }) {
  const { t } = useLingui();
  const may = useMay();
  const { firstName, lastName, primaryPhone } = form.customer;
  const suggestion = suggestUsername(String(firstName), String(lastName), (primaryPhone as PhoneValue).number);
  return (
    <div className={classes.pair}>
      <div>
        <TextInput
          id="account-username"
          label={t`Username`}
          description={t`Never changes once it is saved.`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={100}
          value={form.account.username}
          error={form.errors.account["username"]}
          onChange={(event) => form.changeAccount("username", event.currentTarget.value)}
        />
        {suggestion && suggestion !== form.account.username && (
          <Button
            className={classes.suggest}
            variant="subtle"
            size="compact-xs"
            onClick={() => form.changeAccount("username", suggestion)}
          >
            <Trans>Take {suggestion}</Trans>
          </Button>
        )}
      </div>
      {may("CUSTOMER_SEND_RESET") && (
        <div>
          <PasswordInput
            id="account-password"
            label={t`Temporary password`}
            description={t`At least 12 characters. Good for 72 hours, and to be changed at the first sign-in.`}
            autoComplete="new-password"
            maxLength={128}
            value={form.account.password}
            error={form.errors.account["password"]}
            visibilityToggleButtonProps={{ "aria-label": t`Show password`, tabIndex: 0 }}
            onChange={(event) => form.changeAccount("password", event.currentTarget.value)}
          />
          <Button
            className={classes.suggest}
            variant="subtle"
            size="compact-xs"
            onClick={() => form.changeAccount("password", suggestPassword())}
          >
            <Trans>Make one up</Trans>
          </Button>
        </div>
      )}
      <SecurityAnswerFields
        question={form.account.securityQuestion}
        answer={form.account.securityAnswer}
        onQuestion={(value) => form.changeAccount("securityQuestion", value)}
        onAnswer={(value) => form.changeAccount("securityAnswer", value)}
        errors={{ question: form.errors.account["securityQuestion"], answer: form.errors.account["securityAnswer"] }}
      />
    </div>
  );
}
