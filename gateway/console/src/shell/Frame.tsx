import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Kbd, UnstyledButton } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Operations } from "../operations/Operations";
import { AccountMenu } from "./AccountMenu";
import { Dialogs } from "./dialogs";
import classes from "./Frame.module.css";
import { KeysHelp } from "./KeysHelp";
import { useKeys } from "./keyboard";
import { useLive } from "./live";
import { isShown, MODULES } from "./modules";
import { Navigation } from "./Navigation";
import { Offline } from "./Offline";
import { OpenRecords } from "./OpenRecords";
import { Palette } from "./Palette";
import { useMay, useSession } from "./session";

/** What stands around every screen. */
export function Frame() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const may = useMay();
  const { permissions } = useSession();
  useLive();
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu of a narrow window closes when something was chosen
  useEffect(() => setMenu(false), [path]);

  useKeys({
    "?": () => setHelp(true),
    "/": () => void navigate({ to: "/customers", search: { focus: "search" } }),
    ...Object.fromEntries(
      MODULES.filter((it) => isShown(it, permissions)).map(({ keys, to }) => [keys, () => void navigate({ to })]),
    ),
    ...(may("CUSTOMER_CREATE") && { n: () => void navigate({ to: "/customers/new" }) }),
  });

  return (
    <div className={classes.frame}>
      <a href="#content" className={classes.skip}>
        <Trans>Skip to content</Trans>
      </a>
      <header className={classes.header}>
        <ActionIcon
          className={classes.burger}
          variant="subtle"
          color="gray"
          size="lg"
          onClick={() => setMenu(!menu)}
          aria-label={t`Menu`}
          aria-expanded={menu}
        >
          <IconMenu2 size={18} aria-hidden />
        </ActionIcon>
        <Link to="/" className={classes.brand}>
          <img src="/icon.svg" alt="" width={20} height={20} />
          Patron
        </Link>
        <UnstyledButton className={classes.find} onClick={spotlight.open}>
          <IconSearch size={15} aria-hidden />
          <span className="cut">
            <Trans>Search or jump to…</Trans>
          </span>
          <Kbd size="xs">Ctrl K</Kbd>
        </UnstyledButton>
        <div className={classes.end}>
          <AccountMenu onKeys={() => setHelp(true)} />
        </div>
      </header>
      <div className={classes.side} data-open={menu || undefined}>
        <Navigation />
        <div className={classes.foot}>
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => setHelp(true)}
            rightSection={<Kbd size="xs">?</Kbd>}
          >
            <Trans>Keyboard shortcuts</Trans>
          </Button>
        </div>
      </div>
      <div className={classes.body}>
        <Offline />
        <Operations />
        <OpenRecords />
        <main id="content" className={classes.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Palette />
      <Dialogs />
      <KeysHelp opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}
