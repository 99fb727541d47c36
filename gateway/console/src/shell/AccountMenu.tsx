import { Trans, useLingui } from "@lingui/react/macro";
import { Avatar, type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconApi, IconKeyboard, IconLogout, IconUserCog } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { sayRefused } from "../ui/notify";
import { LANGUAGES, type Language, speak } from "./language";
import { closeAllRecords } from "./openRecords";
import { useSession, useSessionActions } from "./session";

/** Who is signed in; theme, language, sign-out. */
export function AccountMenu({ onKeys }: { onKeys: () => void }) {
  const { t, i18n } = useLingui();
  const session = useSession();
  const { signOut } = useSessionActions();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = session.userDisplayName || t`Signed in`;

  async function leave() {
    try {
      await signOut();
    } catch (error) {
      return sayRefused(error);
    }
    closeAllRecords();
    // nothing that was read stays in memory
    location.assign("/");
  }

  const themes = [
    { value: "auto", label: t`As the system` },
    { value: "light", label: t`Light` },
    { value: "dark", label: t`Dark` },
  ];

  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton>
          <span className="unseen">
            <Trans>Account of {name}</Trans>
          </span>
          <Avatar size={28} radius="xl" color="indigo" name={name} alt="" aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Menu.Item
          leftSection={<IconUserCog size={16} aria-hidden />}
          renderRoot={(props) => <Link {...props} to="/account" />}
        >
          <Trans>Your account</Trans>
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onKeys}>
          <Trans>Keyboard shortcuts</Trans>
        </Menu.Item>
        <Menu.Item
          leftSection={<IconApi size={16} aria-hidden />}
          component="a"
          href="/docs"
          target="_blank"
          rel="noopener"
        >
          <Trans>API</Trans>
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>
          <Trans>Theme</Trans>
        </Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
          {themes.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>
          <Trans>Language</Trans>
        </Menu.Label>
        <Menu.RadioGroup value={i18n.locale} onChange={(value) => void speak(value as Language)}>
          {Object.entries(LANGUAGES).map(([value, label]) => (
            <Menu.RadioItem key={value} value={value} lang={value} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          <Trans>Sign out</Trans>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
