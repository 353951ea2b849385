import type { ReactNode } from "react";
import type { Values } from "../draft/types";
import type { Kind } from "../kinds";
import { BranchFields } from "./BranchFields";
import { CustomerFields } from "./CustomerFields";
import { MediaFields } from "./MediaFields";
import { MessagesField } from "./MessagesField";
import { OptionsField } from "./OptionsField";
import { QuestionFields } from "./QuestionFields";
import { SchemaField } from "./SchemaField";
import { keysOf } from "./schema";
import { TappableField } from "./TappableField";
import { WaitFields } from "./WaitFields";

type Props = { name: string; kind: Kind; values: Values };

/** Keys whose fields are not in the order of the schema, or that are ways to other steps (`Ways`). */
const APART: readonly string[] = [
  "next",
  "timeout",
  "else",
  "outcomes",
  "jump",
  "then",
  "button",
  "retries",
  "reprompt",
];

/** Hand-made fields for whole groups of keys; all other keys get a field that the schema describes. */
const GROUPS: Partial<Record<Kind, { keys: readonly string[]; field: (props: Props) => ReactNode }[]>> = {
  say: [
    { keys: ["text"], field: (props) => <MessagesField {...props} /> },
    { keys: ["buttons", "list"], field: (props) => <TappableField {...props} /> },
  ],
  media: [
    {
      keys: ["image", "video", "audio", "document", "sticker", "filename"],
      field: (props) => <MediaFields {...props} />,
    },
  ],
  choose: [{ keys: ["options", "style"], field: (props) => <OptionsField {...props} /> }],
  ask: [
    { keys: ["type", "min", "max", "pattern", "choices"], field: (props) => <QuestionFields {...props} /> },
  ],
  branch: [{ keys: ["branch"], field: (props) => <BranchFields {...props} /> }],
  wait: [{ keys: ["wait"], field: (props) => <WaitFields {...props} /> }],
  customer: [
    {
      keys: ["add_tags", "remove_tags", "fields", "name", "qualified", "opted_out"],
      field: (props) => <CustomerFields {...props} />,
    },
  ],
};

/** The fields of a step: one for each key that its schema has. */
export function StepFields(props: Props) {
  const groups = GROUPS[props.kind] ?? [];
  const done = new Set<string>(APART);
  const fields: ReactNode[] = [];
  for (const [key, schema] of Object.entries(keysOf(props.kind))) {
    if (done.has(key)) continue;
    const group = groups.find((one) => one.keys.includes(key));
    for (const one of group?.keys ?? [key]) done.add(one);
    if (group) fields.push(<div key={key}>{group.field(props)}</div>);
    else fields.push(<SchemaField key={key} name={props.name} of={key} schema={schema} kind={props.kind} />);
  }
  return <>{sorted(fields, props.kind)}</>;
}

/** Questions are asked first, and the variable for the answer follows. */
function sorted(fields: ReactNode[], kind: Kind): ReactNode[] {
  if (kind !== "choose" && kind !== "ask") return fields;
  const order = (key: string | null) => ["choose", "ask", "options", "type", "save"].indexOf(key ?? "");
  const key = (field: ReactNode) => (field as { key: string | null }).key;
  const known = fields.filter((one) => order(key(one)) >= 0).sort((a, b) => order(key(a)) - order(key(b)));
  return [...known, ...fields.filter((one) => order(key(one)) < 0)];
}
