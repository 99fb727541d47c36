import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Anchor, Button, Kbd, MultiSelect, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Problem } from "../../api/problem";
import { CHANNELS } from "../../fieldPolicy/rules";
import { useNeed } from "../../fieldPolicy/use";
import { groupsQuery } from "../../groups/queries";
import { useMay } from "../../shell/session";
import { CopyText } from "../../ui/CopyText";
import { Failure } from "../../ui/Failure";
import { FieldEdit } from "../../ui/FieldForm";
import { focusFirstWrong } from "../../ui/focus";
import { LeaveDialog } from "../../ui/LeaveDialog";
import { useProblemText } from "../../ui/words";
import { NEW_CONTACT, NEW_MORE, NEW_STAFF } from "../fields";
import { AddressFields } from "./AddressFields";
import { Duplicates } from "./Duplicates";
import { Fold } from "./Fold";
import classes from "./New.module.css";
import { SignInFields } from "./SignInFields";
import { type StaffChannel, useNewCustomer } from "./useNewCustomer";

/** Makes a customer, with sign-in, address, groups and staff where they are given: all of it or nothing. */
export function NewScreen() {
  const may = useMay();
  if (may("CUSTOMER_CREATE")) return <Form />;
  const metadata = { permission: "customer.create" };
  return <Failure problem={new Problem({ status: 403, reason: "PERMISSION_MISSING", metadata } as never)} whole />;
}

function Form() {
  const { t, i18n } = useLingui();
  const may = useMay();
  const navigate = useNavigate();
  const inWords = useProblemText();
  const form = useNewCustomer();
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_ASSIGN") });
  const [leaving, setLeaving] = useState(false);
  const open = (groups.data ?? []).filter((group) => !group.assignmentClosed);
  const [contact, more, staff] = [form.asked(NEW_CONTACT), form.asked(NEW_MORE), form.asked(NEW_STAFF)];
  const [needed, others] = [more.filter((field) => field.required), more.filter((field) => !field.required)];
  const [address, group] = [useNeed("address", form.channel), useNeed("group", form.channel)];
  const mayAssign = may("CUSTOMER_ASSIGN_STAFF") && staff.length > 0;
  const mayGroup = open.length > 0 && group !== "NEED_OFF";

  useEffect(() => document.querySelector<HTMLElement>('[id^="customer-"]')?.focus(), []);
  const { wrong } = form;
  useEffect(() => {
    // the first that is wrong, once its input is marked
    if (wrong.length > 0) focusFirstWrong(document.querySelector("form"));
  }, [wrong]);

  const away = () => void navigate({ to: "/customers" });
  const leave = () => (form.dirty ? setLeaving(true) : away());
  function key(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector('[aria-expanded="true"]')) leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void form.submit();
  }

  return (
    <form
      className={classes.screen}
      noValidate
      autoComplete="off"
      onKeyDown={key}
      onSubmit={(event) => {
        event.preventDefault();
        void form.submit();
      }}
    >
      <header className={classes.head}>
        <h1>
          <Trans>New customer</Trans>
        </h1>
        <div className={classes.buttons}>
          <Button variant="default" onClick={leave}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" loading={form.busy} rightSection={<Kbd size="xs">Ctrl ↵</Kbd>}>
            <Trans>Create customer</Trans>
          </Button>
        </div>
      </header>
      <div className={classes.body}>
        {(wrong.length > 0 || form.problem) && (
          <Alert color="red" variant="light" role="alert">
            {wrong.length > 0 && (
              <>
                <Plural value={wrong.length} one="One field needs another look:" other="# fields need another look:" />{" "}
                {wrong.map(({ id, label }, index) => (
                  <span key={id}>
                    {index > 0 && ", "}
                    <Anchor href={`#${id}`} onClick={focusOn(id)} inherit>
                      {label}
                    </Anchor>
                  </span>
                ))}
              </>
            )}
            {form.problem && inWords(form.problem)}
            {form.problem?.traceId && (
              <div>
                <Trans>
                  Trace <CopyText text={form.problem.traceId} shown={form.problem.traceId.slice(0, 8)} />
                </Trans>
              </div>
            )}
          </Alert>
        )}
        <section className={classes.section}>
          <div className={classes.heading}>
            <h2>
              <Trans>Contact</Trans>
            </h2>
            <NativeSelect
              aria-label={t`Channel`}
              value={form.channel}
              onChange={(event) => form.changeChannel(event.currentTarget.value as StaffChannel)}
              data={CHANNELS.filter(({ name }) => name === "console" || name === "pointOfSale").map(
                ({ name, label }) => ({ value: name, label: i18n._(label) }),
              )}
            />
          </div>
          <FieldEdit
            fields={[...contact, ...needed]}
            values={form.customer}
            errors={form.errors.customer}
            onChange={form.changeCustomer}
            prefix="customer-"
          />
          {others.length > 0 && (
            <Fold label={t`More about the customer`} forced={others.some(({ name }) => form.errors.customer[name])}>
              <FieldEdit
                fields={others}
                values={form.customer}
                errors={form.errors.customer}
                onChange={form.changeCustomer}
                prefix="customer-"
              />
            </Fold>
          )}
          {may("CUSTOMER_READ") && <Duplicates of={form.body} />}
        </section>
        <section className={classes.section}>
          <h2>
            <Trans>Sign-in</Trans>
          </h2>
          <p className="faint">
            <Trans>Leave all of it empty for a customer who has no account yet.</Trans>
          </p>
          <SignInFields form={form} />
        </section>
        {may("ADDRESS_WRITE") && address !== "NEED_OFF" && (
          <section className={classes.section}>
            <h2>
              <Trans>Addresses</Trans>
              {address === "NEED_REQUIRED" && <Star />}
            </h2>
            <AddressFields form={form} />
          </section>
        )}
        {(mayGroup || mayAssign) && (
          <section className={classes.section}>
            <h2>
              <Trans>Groups and staff</Trans>
            </h2>
            <div className={classes.pair}>
              {mayGroup && (
                <MultiSelect
                  id="groups"
                  required={group === "NEED_REQUIRED"}
                  label={t`Groups`}
                  description={t`The first is the primary one.`}
                  data={open.map(({ name = "", displayName = "" }) => ({ value: name, label: displayName }))}
                  value={form.groups}
                  onChange={form.changeGroups}
                  error={form.errors.groups}
                  maxValues={20}
                  searchable
                  comboboxProps={{ shadow: "md" }}
                />
              )}
              {mayAssign && (
                <FieldEdit
                  fields={staff}
                  values={form.customer}
                  errors={form.errors.customer}
                  onChange={form.changeCustomer}
                  prefix="customer-"
                />
              )}
            </div>
          </section>
        )}
      </div>
      <LeaveDialog
        dirty={form.dirty && !form.busy && !form.done}
        asked={leaving}
        onStay={() => setLeaving(false)}
        onLeave={() => form.discard(away)}
      />
    </form>
  );
}

/** As inputs that are required have it. */
function Star() {
  return (
    <span className={classes.star} aria-hidden>
      {" *"}
    </span>
  );
}

function focusOn(id: string) {
  return (event: { preventDefault: () => void }) => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  };
}
