import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Switch, TextInput } from "@mantine/core";
import { SecurityAnswerFields } from "../../account/SecurityAnswerFields";
import { suggestUsername } from "../../account/suggest";
import { TemporaryPassword } from "../../account/TemporaryPassword";
import { useMay } from "../../shell/session";
import type { PhoneValue } from "../../ui/fields";
import classes from "./New.module.css";
import type { NewCustomerForm } from "./useNewCustomer";

/** Username and first password of a new customer. */
export function SignInFields({ form }: { form: NewCustomerForm }) {
  const { t } = useLingui();
  const may = useMay();
  const { firstName, lastName, primaryPhone } = form.customer;
  const suggestion = suggestUsername(String(firstName), String(lastName), (primaryPhone as PhoneValue).number);
  return (
    <>
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
          <TemporaryPassword
            id="account-password"
            value={form.account.password}
            error={form.errors.account["password"]}
            onChange={(password) => form.changeAccount("password", password)}
            again={{
              id: "account-again",
              value: form.again,
              error: form.errors.account["again"],
              onChange: form.changeAgain,
            }}
          />
        )}
      </div>
      {may("CUSTOMER_DISABLE") && (
        <Switch
          label={t`Enabled`}
          description={t`Switch it off for an account that nobody signs in with before staff enable it.`}
          checked={!form.account.disabled}
          onChange={(event) => form.changeAccount("disabled", !event.currentTarget.checked)}
        />
      )}
      <div className={classes.pair}>
        <SecurityAnswerFields
          question={form.account.securityQuestion}
          answer={form.account.securityAnswer}
          onQuestion={(value) => form.changeAccount("securityQuestion", value)}
          onAnswer={(value) => form.changeAccount("securityAnswer", value)}
          errors={{ question: form.errors.account["securityQuestion"], answer: form.errors.account["securityAnswer"] }}
        />
      </div>
    </>
  );
}
