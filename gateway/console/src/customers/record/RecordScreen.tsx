import { useLingui } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Suspense, useEffect, useRef } from "react";
import { asProblem, Problem } from "../../api/problem";
import { openRecord } from "../../shell/openRecords";
import { useSession } from "../../shell/session";
import { Failure } from "../../ui/Failure";
import { type Overview, overviewQuery } from "../queries";
import { Header } from "./Header";
import classes from "./Record.module.css";
import { SECTIONS, type Section } from "./sections";

const route = getRouteApi("/customers/$customer/{-$section}");

/** Everything about one customer: who it is, and a section for each thing that belongs to it. */
export function RecordScreen() {
  const { customer: id, section } = route.useParams();
  // another customer is another screen, and keeps nothing of this one
  return <Record key={id} id={id} section={section} />;
}

function Record({ id, section }: { id: string; section: string | undefined }) {
  const overview = useQuery(overviewQuery(id));
  const customer = overview.data?.customer;
  const found = customer !== undefined;
  useEffect(() => {
    if (found) openRecord(id);
  }, [found, id]);

  if (overview.isPending) return <Waiting />;
  if (overview.isError && !overview.data) {
    return <Failure problem={asProblem(overview.error)} onRetry={() => void overview.refetch()} whole />;
  }
  if (!customer) {
    return <Failure problem={missing(overview.data, "customer")} onRetry={() => void overview.refetch()} whole />;
  }
  const current = SECTIONS.find((it) => it.id === section) ?? SECTIONS[0];
  return (
    <article className={classes.record} aria-labelledby="record-name">
      <Header id={id} overview={overview.data} customer={customer} />
      <Tabs id={id} overview={overview.data} current={current} />
      <div className={classes.content}>
        {current && (
          <Shown section={current} id={id} overview={overview.data} onRetry={() => void overview.refetch()} />
        )}
      </div>
    </article>
  );
}

function Tabs({ id, overview, current }: { id: string; overview: Overview; current: Section | undefined }) {
  const { t, i18n } = useLingui();
  const { permissions } = useSession();
  const shown = SECTIONS.filter((it) => !it.permission || permissions.includes(it.permission));
  const tabs = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a phone shows a few at a time; the one chosen is among them
  useEffect(() => {
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav ref={tabs} className={classes.tabs} aria-label={t`Sections`}>
      {shown.map((it, index) => (
        <Link
          key={it.id}
          to="/customers/$customer/{-$section}"
          params={{ customer: id, section: index === 0 ? undefined : it.id }}
          className={classes.tab}
          activeOptions={{ exact: true }}
          aria-current={it === current ? "page" : undefined}
        >
          {i18n._(it.label)}
          {it.count && <span className="faint figures">{it.count(overview)}</span>}
        </Link>
      ))}
    </nav>
  );
}

function Shown({
  section,
  id,
  overview,
  onRetry,
}: {
  section: Section;
  id: string;
  overview: Overview;
  onRetry: () => void;
}) {
  const { permissions } = useSession();
  const Component = section.component;
  if (section.permission && !permissions.includes(section.permission)) {
    const permission = section.permission.replace("PERMISSION_", "").toLowerCase().replace("_", ".");
    return (
      <Failure
        problem={new Problem({ status: 403, reason: "PERMISSION_MISSING", metadata: { permission } } as never)}
      />
    );
  }
  if (section.part && overview.missingParts.some((it) => it.part === section.part)) {
    return <Failure problem={missing(overview, section.part)} onRetry={onRetry} />;
  }
  return (
    <Suspense fallback={<Skeleton height={120} />}>
      <Component id={id} overview={overview} />
    </Suspense>
  );
}

/** Why a part of the overview is not there, as a problem. */
function missing(overview: Overview, part: string): Problem {
  const reason = overview.missingParts.find((it) => it.part === part)?.reason ?? "UNAVAILABLE";
  return new Problem({ status: reason === "PERMISSION_MISSING" ? 403 : 503, reason });
}

function Waiting() {
  const { t } = useLingui();
  return (
    <div className={classes.record} role="status" aria-label={t`Loading`}>
      <div className={classes.head}>
        <Skeleton height={24} width={240} mb={14} />
        <Skeleton height={12} width={420} mb={10} />
      </div>
      <div className={classes.content}>
        {[1, 2, 3, 4, 5, 6].map((line) => (
          <Skeleton key={line} height={12} mb={18} width={`${40 + ((line * 23) % 45)}%`} />
        ))}
      </div>
    </div>
  );
}
