import { useEffect, useRef } from "react";
import classes from "./DataTable.module.css";

/** Which rows of a table are selected, and what selects them. */
export interface RowSelection<T> {
  isSelected: (row: T) => boolean;
  onSelect: (rows: T[], selected: boolean) => void;
  /** What the box of a row is called. */
  label: (row: T) => string;
}

/** Selects rows one by one, and with Shift all from the one before. */
export function useRowPicker<T>(rows: T[], selection: RowSelection<T> | undefined) {
  const anchor = useRef<T>(undefined);
  return {
    pick(index: number, range: boolean) {
      const row = rows[index];
      if (!row || !selection) return;
      const selected = !selection.isSelected(row);
      const from = range && anchor.current ? rows.indexOf(anchor.current) : -1;
      const picked = from < 0 ? [row] : rows.slice(Math.min(from, index), Math.max(from, index) + 1);
      selection.onSelect(picked, selected);
      anchor.current = row;
    },
    /** Selects from one row to the next. */
    extend(from: number, to: number) {
      selection?.onSelect(
        [rows[from], rows[to]].filter((row) => row !== undefined),
        true,
      );
      anchor.current = rows[to];
    },
    pickAll() {
      selection?.onSelect(rows, !rows.every(selection.isSelected));
    },
  };
}

interface Props {
  label: string;
  checked: boolean;
  /** True where some of what it stands for is selected. */
  some?: boolean;
  /** With Shift or without. */
  onPick: (range: boolean) => void;
}

/** A box that selects. As wide as its cell, to be hit easily. */
export function RowBox({ label, checked, some = false, onPick }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = some && !checked;
  }, [some, checked]);
  return (
    // Shift selects rows, and no text between them
    <label className={classes.box} onMouseDown={(event) => event.shiftKey && event.preventDefault()}>
      <input
        ref={box}
        type="checkbox"
        aria-label={label}
        checked={checked}
        onChange={({ nativeEvent }) => onPick(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
      />
    </label>
  );
}
