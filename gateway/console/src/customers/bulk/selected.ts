import { useCallback, useMemo, useState } from "react";
import { type Customer, idOf } from "../queries";

/** Most customers that are selected one by one, as the API takes them. */
const MOST = 10_000;

export interface Selected {
  /** Who is selected one by one, by id. */
  customers: ReadonlyMap<string, Customer>;
  /** Whether everybody is who matches, on all pages. */
  all: boolean;
  set: (customers: Customer[], selected: boolean) => void;
  selectAll: () => void;
  clear: () => void;
}

const NONE: ReadonlyMap<string, Customer> = new Map();

/** Who is selected in a list. Another question begins without anybody. */
export function useSelected(question: string): Selected {
  const [state, setState] = useState({ question, customers: NONE, all: false });
  const current = state.question === question ? state : { question, customers: NONE, all: false };
  const set = useCallback(
    (changed: Customer[], selected: boolean) =>
      setState((before) => {
        const customers = new Map(before.question === question ? before.customers : NONE);
        for (const customer of changed) {
          const id = idOf(customer.name);
          if (!selected) customers.delete(id);
          else if (customers.size < MOST) customers.set(id, customer);
        }
        return { question, customers, all: false };
      }),
    [question],
  );
  const selectAll = useCallback(() => setState((before) => ({ ...before, question, all: true })), [question]);
  const clear = useCallback(() => setState({ question, customers: NONE, all: false }), [question]);
  const { customers, all } = current;
  return useMemo(() => ({ customers, all, set, selectAll, clear }), [customers, all, set, selectAll, clear]);
}
