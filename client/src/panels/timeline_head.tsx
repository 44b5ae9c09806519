import { type JSX, useState } from "react";
import type { Cursor } from "../session/cursor.ts";
import type { CallRecord } from "../session/record.ts";
import type { Store } from "../session/store.ts";
import type { CallView } from "../session/view.ts";
import { Icon } from "./icons.tsx";
import { lazyPanel } from "./lazy_panel.tsx";
import { type Camera, FOLLOW, WHOLE } from "./timeline_camera.ts";

const SaveCall = lazyPanel(() => import("./save_call.tsx"));
const SaveTest = lazyPanel(() => import("./save_test.tsx"));
const Replay = lazyPanel(() => import("./replay.tsx"));

interface TimelineHeadProps {
  readonly record: CallRecord | undefined;
  readonly view: CallView;
  readonly cursor: Store<Cursor>;
  readonly camera: Camera;
  readonly onZoom: (factor: number) => void;
  readonly onCamera: (camera: Camera) => void;
}

const ZOOM = 1.6;

/** What the timeline says in numbers, where to look, and what can be saved. */
export function TimelineHead(props: TimelineHeadProps): JSX.Element {
  const { record, view, cursor, camera, onZoom, onCamera } = props;
  const { startedAt, endedAt, speeches, moments } = view;
  const nothing = startedAt === undefined;
  const runs = !nothing && endedAt === undefined;
  const spoken = (side: "user" | "bot"): number => speeches.filter((s) => s.side === side).length;
  const interrupted = moments.filter(({ kind }) => kind === "interrupted" || kind === "clear");
  const summary = nothing ? "" : summaryOf(spoken("user"), spoken("bot"), interrupted.length);
  const save = (kind: "saveJson" | "saveWav"): void => {
    if (record) void import("../session/call_file.ts").then((module) => module[kind](record));
  };
  const [saving, setSaving] = useState<"call" | "test">();
  const Saving = saving === "test" ? SaveTest : SaveCall;
  return (
    <div className="bar-head">
      <h2 id="timeline">Timeline</h2>
      <p className="summary">
        {summary}
        {record?.lost ? ` ${record.lost}` : null}
      </p>
      {record && !runs ? <Replay record={record} cursor={cursor} /> : null}
      <div className="tools view" role="group" aria-label="View">
        <Tool label="Zoom out" icon="minus" off={nothing} onClick={() => onZoom(ZOOM)} />
        <Tool label="Zoom in" icon="plus" off={nothing} onClick={() => onZoom(1 / ZOOM)} />
        <button
          type="button"
          aria-pressed={camera.mode === "whole"}
          disabled={nothing}
          onClick={() => onCamera(WHOLE)}
        >
          Whole call
        </button>
        {nothing || runs
          ? (
            <button
              type="button"
              aria-pressed={runs && camera.mode === "follow"}
              disabled={!runs}
              onClick={() => onCamera(FOLLOW)}
            >
              Follow live
            </button>
          )
          : null}
      </div>
      {saving && record
        ? <Saving key={saving} record={record} onClose={() => setSaving(undefined)} />
        : null}
      <div className="tools" role="group" aria-label="Save">
        <SaveButton
          label="Save the session as JSON"
          title="Session"
          off={nothing}
          onClick={() => save("saveJson")}
        />
        {record && !runs
          ? (
            <>
              <SaveButton
                label="Save the call as one file"
                title="Call"
                whole
                onClick={() => setSaving("call")}
              />
              <SaveButton
                label="Save the call as a test"
                title="Test"
                whole
                onClick={() => setSaving("test")}
              />
            </>
          )
          : null}
        <SaveButton
          label="Save the audio as WAV"
          title="Audio"
          off={nothing}
          onClick={() => save("saveWav")}
        />
      </div>
    </div>
  );
}

interface SaveButtonProps {
  readonly label: string;
  readonly title: string;
  readonly off?: boolean;
  /** Whether it saves what needs a runner: a call that was saved has none. */
  readonly whole?: boolean;
  readonly onClick: () => void;
}

function SaveButton({ label, title, off, whole, onClick }: SaveButtonProps): JSX.Element {
  return (
    <button
      type="button"
      className={whole ? "whole-file" : undefined}
      aria-label={label}
      disabled={off}
      onClick={onClick}
    >
      <Icon name="download" />
      <span>{title}</span>
    </button>
  );
}

function summaryOf(user: number, bot: number, interrupted: number): string {
  const turns = [counted(user, "user turn"), counted(bot, "bot turn")];
  return [...turns, counted(interrupted, "interruption")].join(" · ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function Tool({ label, icon, off, onClick }: {
  readonly label: string;
  readonly icon: "plus" | "minus";
  readonly off: boolean;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button type="button" aria-label={label} title={label} disabled={off} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
