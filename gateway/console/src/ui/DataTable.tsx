import { useLingui } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef as Column,
  type ColumnVisibilityState,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import classes from "./DataTable.module.css";
import { RowBox, type RowSelection, useRowPicker } from "./RowBox";

/** What a column says of itself beside its cells. */
export interface ColumnMeta {
  /** Width in pixels, of which columns take their share of what there is. */
  width: number;
  /** Its width in a window as narrow as a phone, where that is another. */
  narrow?: number;
  /** The field of the API to order by. */
  order?: string;
  /** True where it holds numbers or buttons, which stand at the end. */
  end?: boolean;
  /** Its name for people, where the header shows none. */
  label?: string;
}

const features = tableFeatures({ columnVisibilityFeature, columnMeta: {} as ColumnMeta });

export type TableColumn<T extends object> = Column<typeof features, T>;

/** Height of a row, in pixels: `--row-height` in theme.css. */
const ROW = 36;

/** Width of the column of boxes, in pixels. */
const BOX = 48;

interface Props<T extends object> {
  /** What the table holds, for people who do not see it. */
  label: string;
  columns: TableColumn<T>[];
  visible: ColumnVisibilityState;
  rows: T[];
  rowId: (row: T) => string;
  /** The field ordered by, with ` desc` where descending. */
  order: string;
  onOrder: (order: string) => void;
  /** True while there are no rows yet. */
  pending: boolean;
  /** True while the rows are those of an earlier question. */
  behind: boolean;
  more: boolean;
  onMore: () => void;
  /** How many rows there are in all, where that is known. */
  total?: number;
  /** Where rows can be selected. */
  selection?: RowSelection<T>;
  /** What stands where there are no rows. */
  children?: ReactNode;
}

/**
 * A table of any length: only the rows in sight are there. The service orders and filters; arrow keys walk from row to row,
 * by the first link or button of each. Where rows can be selected, `x` or the space bar does it, Shift with a click or an arrow several.
 */
export function DataTable<T extends object>(props: Props<T>) {
  const { label, columns, visible, rows, rowId, order, onOrder, pending, behind, more, onMore, total, children } =
    props;
  const { selection } = props;
  const picker = useRowPicker(rows, selection);
  const { t } = useLingui();
  const scroll = useRef<HTMLDivElement>(null);
  const table = useTable({ features, columns, data: rows, getRowId: rowId, state: { columnVisibility: visible } });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingStart: ROW,
    // without a size yet, as before the first layout, a screenful
    initialRect: { width: 1200, height: 800 },
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    // well before the end comes into sight
    if (more && !behind && last >= rows.length - 40) onMore();
  }, [more, behind, last, rows.length, onMore]);

  const first = rows[0] && rowId(rows[0]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first row is another list, which begins at its top
  useEffect(() => scroll.current?.scrollTo({ top: 0 }), [first, order]);

  function walk(event: KeyboardEvent<HTMLTableSectionElement>) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const target = event.target as HTMLElement;
    const row = target.closest("tr");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = Number(row.dataset["index"]);
    // a box and a button do by themselves what the space bar is for
    const picks = event.key === "x" || (event.key === " " && target.tagName === "A");
    if (picks && selection) {
      event.preventDefault();
      picker.pick(from, event.shiftKey);
    }
    const to = from + step;
    if (!step || to < 0 || to >= rows.length) return;
    event.preventDefault();
    if (event.shiftKey) picker.extend(from, to);
    const same = target.tagName === "INPUT" ? "input" : ":is(a, button)";
    virtual.scrollToIndex(to);
    // at once, so that a quick Enter opens this row; only a row that was out of sight is not there yet
    if (!focusRow(to, same)) requestAnimationFrame(() => focusRow(to, same));
  }

  function focusRow(index: number, same: string): boolean {
    const target = scroll.current?.querySelector<HTMLElement>(`tr[data-index="${index}"] ${same}`);
    target?.focus({ preventScroll: true });
    return Boolean(target);
  }

  const model = table.getRowModel().rows;
  const heads = table.getHeaderGroups()[0]?.headers ?? [];
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const sum = (of: (meta: ColumnMeta) => number) =>
    heads.reduce((all, { column: { columnDef: it } }) => all + (it.meta ? of(it.meta) : 0), selection ? BOX : 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.scroll} ref={scroll} tabIndex={0} aria-label={label} data-behind={behind || undefined}>
      <table
        className={classes.table}
        style={widths(
          sum((it) => it.width),
          sum((it) => it.narrow ?? it.width),
        )}
        aria-rowcount={total === undefined ? -1 : total + 1}
        aria-busy={pending || behind}
      >
        <colgroup>
          {selection && <col style={widths(BOX)} />}
          {heads.map(({ column: { id, columnDef: it } }) => (
            <col key={id} style={widths(it.meta?.width ?? 0, it.meta?.narrow)} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col">
                <RowBox
                  label={t`Select the rows that are loaded`}
                  checked={rows.length > 0 && rows.every(selection.isSelected)}
                  some={rows.some(selection.isSelected)}
                  onPick={picker.pickAll}
                />
              </th>
            )}
            {heads.map((header) => {
              const { order: field, end, label: name } = header.column.columnDef.meta ?? { width: 0 };
              const sorted =
                field && order === field ? "ascending" : field && order === `${field} desc` ? "descending" : undefined;
              const shown = name ? <span className="unseen">{name}</span> : <table.FlexRender header={header} />;
              return (
                <th key={header.id} scope="col" aria-sort={sorted} data-end={end || undefined}>
                  {field ? (
                    <button
                      type="button"
                      className={classes.sort}
                      onClick={() => onOrder(sorted === "ascending" ? `${field} desc` : field)}
                    >
                      {shown}
                      {sorted === "ascending" && <IconArrowUp size={13} aria-hidden />}
                      {sorted === "descending" && <IconArrowDown size={13} aria-hidden />}
                    </button>
                  ) : (
                    shown
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        {pending ? (
          <tbody aria-label={t`Loading`}>
            {Array.from({ length: 14 }, (_, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
              <tr key={row} className={classes.row}>
                {selection && <td />}
                {heads.map((header) => (
                  <td key={header.id}>
                    <Skeleton
                      height={10}
                      width={header.column.columnDef.meta?.end ? 0 : `${45 + ((row * 17 + header.index * 29) % 40)}%`}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ) : (
          <tbody onKeyDown={walk}>
            {before > 0 && <tr aria-hidden style={{ height: before }} />}
            {items.map(({ index }) => {
              const row = model[index];
              return (
                row && (
                  <tr
                    key={row.id}
                    className={classes.row}
                    data-index={index}
                    data-selected={selection?.isSelected(row.original) || undefined}
                    aria-rowindex={index + 2}
                  >
                    {selection && (
                      <td>
                        <RowBox
                          label={selection.label(row.original)}
                          checked={selection.isSelected(row.original)}
                          onPick={(range) => picker.pick(index, range)}
                        />
                      </td>
                    )}
                    {row.getVisibleCells().map((cell) => (
                      <td key={cell.id} className="cut" data-end={cell.column.columnDef.meta?.end || undefined}>
                        <table.FlexRender cell={cell} />
                      </td>
                    ))}
                  </tr>
                )
              );
            })}
            {after > 0 && <tr aria-hidden style={{ height: after }} />}
          </tbody>
        )}
      </table>
      {!pending && rows.length === 0 && children}
    </section>
  );
}

/** Widths in pixels, of which the sheet takes the one that fits the window. */
function widths(wide: number, narrow = wide): CSSProperties {
  return { "--wide": `${wide}px`, "--narrow": `${narrow}px` } as CSSProperties;
}
