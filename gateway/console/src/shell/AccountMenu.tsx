import { Trans, useLingui } from "@lingui/react/macro";
import { Avatar, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconApi,
  IconDeviceDesktop,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
} from "@tabler/icons-react";
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
    { value: "auto", label: t`Theme of the system`, icon: IconDeviceDesktop },
    { value: "light", label: t`Light`, icon: IconSun },
    { value: "dark", label: t`Dark`, icon: IconMoon },
  ] as const;
  const chosen = (is: boolean) => ({ role: "menuitemradio", "aria-checked": is, fw: is ? 600 : undefined });

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
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onKeys}>
          <Trans>Keys</Trans>
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
        {themes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => setColorScheme(value)}
            {...chosen(colorScheme === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>
          <Trans>Language</Trans>
        </Menu.Label>
        {Object.entries(LANGUAGES).map(([value, label]) => (
          <Menu.Item
            key={value}
            lang={value}
            leftSection={<IconLanguage size={16} aria-hidden />}
            onClick={() => void speak(value as Language)}
            {...chosen(i18n.locale === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          <Trans>Sign out</Trans>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
