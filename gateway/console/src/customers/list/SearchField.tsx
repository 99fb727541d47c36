import { useLingui } from "@lingui/react/macro";
import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import screen from "../../ui/Screen.module.css";

/** How long typing rests before it is asked, in milliseconds. */
const REST = 150;

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** True when the person asked to search: the field takes the focus and says so once. */
  wanted?: boolean;
  onFocused?: () => void;
  /** What is searched, and by what, where it is not the list of customers. */
  label?: string;
  placeholder?: string;
}

/** Searches while one types. */
export function SearchField({ value, onChange, wanted = false, onFocused, label, placeholder }: Props) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const asked = useRef(value);
  const ask = useDebouncedCallback((text: string) => {
    asked.current = text.trim();
    onChange(asked.current);
  }, REST);

  useEffect(() => {
    // the address changed by other means than this field
    if (value === asked.current) return;
    asked.current = value;
    setTyped(value);
  }, [value]);

  useEffect(() => {
    if (!wanted) return;
    input.current?.focus();
    input.current?.select();
    onFocused?.();
  }, [wanted, onFocused]);

  function type(text: string) {
    setTyped(text);
    ask(text);
  }

  return (
    <TextInput
      ref={input}
      className={screen.search}
      type="search"
      role="searchbox"
      aria-label={label ?? t`Search customers`}
      placeholder={placeholder ?? t`Name, email, phone, company, ID`}
      maxLength={200}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      // who goes on to a row must not be called back by a search that still rests
      onBlur={() => ask.flush()}
      onKeyDown={(event) => {
        if (event.key === "Escape") typed ? type("") : input.current?.blur();
        if (event.key === "ArrowDown") {
          event.preventDefault();
          document.querySelector<HTMLElement>("tbody tr[data-index] a")?.focus();
        }
      }}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={typed && <CloseButton size="sm" aria-label={t`Clear search`} onClick={() => type("")} />}
    />
  );
}
