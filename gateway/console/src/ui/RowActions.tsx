import { useLingui } from "@lingui/react/macro";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import screen from "./Screen.module.css";

interface Props {
  /** What the row is called. */
  name: string;
  onEdit: () => void;
  onDelete: () => void;
}

/** What can be done with a row: pencil and trash can. */
export function RowActions({ name, onEdit, onDelete }: Props) {
  const { t } = useLingui();
  return (
    <span className={screen.actions}>
      <Tooltip label={t`Edit`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t`Edit ${name}`} onClick={onEdit}>
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t`Delete`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t`Delete ${name}`} onClick={onDelete}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
