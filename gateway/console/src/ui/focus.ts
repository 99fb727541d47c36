const INPUTS = "input, select, textarea, button";

/** Gives the focus to the first input within that is marked as wrong, or whose frame is. */
export function focusFirstWrong(within: Element | null | undefined) {
  const wrong = within?.querySelector<HTMLElement>('[aria-invalid="true"]');
  (wrong?.matches(INPUTS) ? wrong : wrong?.querySelector<HTMLElement>(INPUTS))?.focus();
}
