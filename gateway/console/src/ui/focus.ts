/** Gives the focus to the first input within that is marked as wrong. A frame around an input can be marked too, and takes none. */
export function focusFirstWrong(within: Element | null | undefined) {
  within?.querySelector<HTMLElement>(':is(input, select, textarea, button)[aria-invalid="true"]')?.focus();
}
