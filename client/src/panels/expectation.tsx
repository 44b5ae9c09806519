import { type JSX, useState } from "react";
import type { ScriptStep } from "../../../src/testing/script.ts";

interface ExpectationProps {
  readonly step: ScriptStep;
  /** Called with the step as it is now, or with nothing when it is left out. */
  readonly onChange: (step: ScriptStep | undefined) => void;
  /** Told whether what is typed can be saved. */
  readonly onJudge: (good: boolean) => void;
}

/** What one step expects, if anything. */
export function Expectation({ step, onChange, onJudge }: ExpectationProps): JSX.Element | null {
  if ("expect" in step) return <Expected step={step} onChange={onChange} onJudge={onJudge} />;
  if ("say" in step) {
    const { stops_within_ms: stops, within_ms: answers } = step;
    const clip = step.say.replace(/^.*-(\d+)\.wav$/, "$1");
    return (
      <>
        <Limit
          words={`Interrupted by ${clip}, the bot stops within`}
          ms={stops}
          onChange={(stops_within_ms) => onChange(withMs(step, { stops_within_ms }))}
        />
        <Limit
          words={`The bot answers ${clip} within`}
          ms={answers}
          onChange={(within_ms) => onChange(withMs(step, { within_ms }))}
        />
      </>
    );
  }
  if (!("wait_for" in step) || step.wait_for !== "speech") return null;
  return (
    <Limit
      words="The bot speaks first, within"
      ms={step.within_ms}
      onChange={(within_ms) => onChange(withMs(step, { within_ms }))}
    />
  );
}

/** A step with another limit, or without it. */
function withMs<Step extends ScriptStep>(
  step: Step,
  limits: Readonly<Record<string, number | undefined>>,
): Step {
  const changed = { ...step, ...limits };
  for (const [name, ms] of Object.entries(limits)) {
    if (ms === undefined) Reflect.deleteProperty(changed, name);
  }
  return changed;
}

interface ExpectedProps extends ExpectationProps {
  readonly step: Extract<ScriptStep, { readonly expect: unknown }>;
}

/** What was said, the function that was used, or that the bot hangs up. */
function Expected({ step: { expect }, onChange, onJudge }: ExpectedProps): JSX.Element {
  const { text_contains: text, function_call: used } = expect;
  const leaveOut = (): void => onChange(undefined);
  if (text !== undefined) {
    return (
      <li>
        <label>
          Somebody says{" "}
          <input
            type="text"
            className="wide"
            value={text}
            onChange={({ target }) =>
              onChange({ expect: { ...expect, text_contains: target.value } })}
          />
        </label>
        <LeaveOut what={text} onClick={leaveOut} />
      </li>
    );
  }
  if (used) {
    const { name, args = {} } = used;
    return (
      <li>
        <label>
          <span className="hidden">The arguments of</span> <code>{name}</code>{" "}
          <JsonField
            value={args}
            onChange={(args) => onChange({ expect: { ...expect, function_call: { name, args } } })}
            onJudge={onJudge}
          />
        </label>
        <LeaveOut what={name} onClick={leaveOut} />
      </li>
    );
  }
  return (
    <li>
      <span>The bot hangs up</span>
      <LeaveOut what="the bot hangs up" onClick={leaveOut} />
    </li>
  );
}

interface JsonFieldProps {
  readonly value: object;
  readonly onChange: (value: Record<string, unknown>) => void;
  readonly onJudge: (good: boolean) => void;
}

/** An object that is typed as JSON: those of its fields that count. */
function JsonField({ value, onChange, onJudge }: JsonFieldProps): JSX.Element {
  const [text, setText] = useState(JSON.stringify(value));
  const [good, setGood] = useState(true);
  function type(next: string): void {
    setText(next);
    const parsed = objectIn(next);
    setGood(parsed !== undefined);
    onJudge(parsed !== undefined);
    if (parsed) onChange(parsed);
  }
  return (
    <input
      type="text"
      className="wide"
      spellCheck={false}
      aria-invalid={!good}
      value={text}
      onChange={({ target }) => type(target.value)}
    />
  );
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined; // it is being typed
  }
}

interface LimitProps {
  readonly words: string;
  readonly ms: number | undefined;
  /** Called with nothing when it is left out. */
  readonly onChange: (ms: number | undefined) => void;
}

/** A time that can be changed; nothing where there is none. */
function Limit({ words, ms, onChange }: LimitProps): JSX.Element | null {
  if (ms === undefined) return null;
  return (
    <li>
      <label>
        {words}{" "}
        <input
          type="number"
          min={0}
          step={50}
          value={ms}
          onChange={({ target }) => onChange(Math.max(0, target.valueAsNumber || 0))}
        />{" "}
        ms
      </label>
      <LeaveOut what={words} onClick={() => onChange(undefined)} />
    </li>
  );
}

function LeaveOut(
  { what, onClick }: { readonly what: string; readonly onClick: () => void },
): JSX.Element {
  return <button type="button" aria-label={`Remove: ${what}`} onClick={onClick}>Remove</button>;
}
