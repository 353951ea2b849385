import { Text } from "@mantine/core";
import { IconCheck, IconFile, IconMapPin, IconUser } from "@tabler/icons-react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { mapOf } from "../composer/place";
import { sentFile } from "../composer/sentFiles";
import classes from "./Bubble.module.css";
import { type MediaContent, MediaFile } from "./MediaFile";
import { RichText } from "./RichText";
import type { Entry } from "./timeline";

// biome-ignore lint/suspicious/noExplicitAny: the fields depend on `type`, and later releases may have others
type Fields = Record<string, any>;

/** The content of a message, as the customer sees it. chosen: the id of the option that the customer chose of it. */
export function Content({ entry, chosen }: { entry: Entry; chosen: string | undefined }) {
  const { conversation: t } = useTexts();
  const content = (entry.content ?? {}) as Fields;
  if (entry.taken_back_at) {
    return (
      <Text size="sm" fs="italic" c="dimmed">
        {t.takenBack}
      </Text>
    );
  }
  switch (content.type) {
    case "text":
    case "on_phone":
      return <RichText text={entry.text || String(content.body ?? "")} />;
    case "media":
      return entry.author === "customer" ? (
        <MediaFile message={entry.id} content={content as MediaContent} />
      ) : (
        <OwnMedia entry={entry} content={content} />
      );
    case "buttons":
      return <Options body={content.body} options={content.buttons} chosen={chosen} />;
    case "list":
      return <Options body={content.body} options={content.rows} title={content.button} chosen={chosen} />;
    case "choice":
      return <Choice content={content} />;
    case "template":
      return <TemplateText entry={entry} content={content} />;
    case "location":
      return <Place content={content} />;
    case "contacts":
      return <Contacts content={content} />;
    case "order":
      return <Order content={content} />;
    case "reaction":
      return (
        <Text size="sm" c="dimmed">
          {content.emoji ? t.reaction(content.emoji) : t.reactionRemoved}
        </Text>
      );
    case "welcome":
      return <Dim text={t.welcome} />;
    case "system":
      return <Dim text={String(content.body || t.notice)} />;
    case "unsupported":
      return <Dim text={t.unsupported} detail={content.kind ? t.unsupportedKind(content.kind) : ""} />;
    default:
      return entry.text ? <RichText text={entry.text} /> : <Dim text={t.unsupported} />;
  }
}

type Parts = { content: Fields };

function Dim({ text, detail = "" }: { text: string; detail?: string }) {
  return (
    <Text size="sm" c="dimmed">
      {text} {detail}
    </Text>
  );
}

type Option = { id: string; title: string; description?: string };
type OptionsProps = { body: string; options: Option[]; title?: string; chosen: string | undefined };

function Options({ body, options = [], title, chosen }: OptionsProps) {
  const { conversation: t } = useTexts();
  return (
    <div>
      <RichText text={String(body ?? "")} />
      <ul className={classes.options} aria-label={title || t.options}>
        {title && <li className={classes.optionsTitle}>{title}</li>}
        {options.map((one) => (
          <li key={one.id} className={classes.option} data-chosen={one.id === chosen || undefined}>
            {one.id === chosen && <IconCheck size={14} aria-label={t.chosen} />}
            <span dir="auto">
              {one.title || one.id}
              {one.description && <span className={classes.optionText}>{one.description}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Choice({ content }: Parts) {
  const { conversation: t } = useTexts();
  const form = content.kind === "form";
  return (
    <div>
      <Text size="xs" c="dimmed">
        {form ? t.form : t.chose}
      </Text>
      <RichText text={String(content.title || (form ? "" : content.id) || "")} />
      {content.description && <Dim text={content.description} />}
      {form && content.response && <FormAnswers response={content.response} />}
    </div>
  );
}

function FormAnswers({ response }: { response: string }) {
  let answers: [string, unknown][] = [];
  try {
    answers = Object.entries(JSON.parse(response) as Record<string, unknown>);
  } catch {
    return <RichText text={response} />;
  }
  return (
    <dl className={classes.answers}>
      {answers.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function OwnMedia({ entry, content }: { entry: Entry } & Parts) {
  const { conversation: t } = useTexts();
  const kinds: Record<string, string> = {
    image: t.picture,
    video: t.video,
    audio: t.audio,
    sticker: t.sticker,
    document: t.document,
  };
  const url = String(content.url ?? "");
  const id = String(content.media_id ?? "");
  const picture = sentFile(id);
  if (id && !picture) {
    const isStored = entry.delivery?.state !== "queued";
    return <MediaFile message={entry.id} content={content as MediaContent} isStored={isStored} />;
  }
  if (picture) {
    return (
      <div>
        <div className={classes.media} data-kind={content.kind}>
          <img src={picture} alt={content.caption || t.picture} className={classes.picture} />
        </div>
        {content.caption && <RichText text={content.caption} />}
      </div>
    );
  }
  return (
    <div>
      <div className={classes.card}>
        <IconFile size={20} aria-hidden />
        <div>
          <Text size="sm" fw={500} lineClamp={2}>
            {content.filename || kinds[content.kind] || t.document}
          </Text>
          {url.startsWith("https://") && (
            <a href={url} target="_blank" rel="noopener noreferrer nofollow" className={classes.link}>
              {t.openFile}
            </a>
          )}
        </div>
      </div>
      {content.caption && <RichText text={content.caption} />}
    </div>
  );
}

function TemplateText({ entry, content }: { entry: Entry } & Parts) {
  const { conversation: t } = useTexts();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {t.template(String(content.name), String(content.language))}
      </Text>
      {content.header_media && <OwnMedia entry={entry} content={content.header_media} />}
      <RichText text={entry.text ?? ""} />
    </div>
  );
}

function Place({ content }: Parts) {
  const { conversation: t } = useTexts();
  const at = `${Number(content.latitude).toFixed(5)}, ${Number(content.longitude).toFixed(5)}`;
  const map = mapOf({ latitude: Number(content.latitude), longitude: Number(content.longitude) });
  return (
    <div className={classes.card}>
      <IconMapPin size={20} aria-hidden />
      <div>
        <Text size="sm" fw={500} dir="auto">
          {content.name || t.place}
        </Text>
        {content.address && <Dim text={content.address} />}
        <Dim text={at} />
        <a href={map} target="_blank" rel="noopener noreferrer" className={classes.link}>
          {t.openMap}
        </a>
      </div>
    </div>
  );
}

function Contacts({ content }: Parts) {
  const { conversation: t } = useTexts();
  const cards = (Array.isArray(content.cards) ? content.cards : []) as Record<string, unknown>[];
  const names = (content.names as string[] | undefined) ?? [];
  const shown = cards.map((card, index) => ({
    name: names[index] || nameOfCard(card) || t.contact,
    phones: phonesOf(card),
  }));
  const all = shown.length ? shown : names.map((name) => ({ name, phones: [] }));
  return (
    <div>
      {all.map((card, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cards of a message never move
        <div className={classes.card} key={index}>
          <IconUser size={20} aria-hidden />
          <div>
            <Text size="sm" fw={500} dir="auto">
              {card.name}
            </Text>
            {card.phones.map((phone) => (
              <Dim key={phone} text={phone} />
            ))}
          </div>
        </div>
      ))}
      {content.own_number && <Dim text={`${content.own_number} (${t.ownNumber})`} />}
    </div>
  );
}

function nameOfCard(card: Record<string, unknown>): string {
  const name = card.name as { formatted_name?: string } | string | undefined;
  return typeof name === "string" ? name : String(name?.formatted_name ?? "");
}

function phonesOf(card: Record<string, unknown>): string[] {
  const phones = Array.isArray(card.phones) ? card.phones : [];
  return phones.map((one) => (typeof one === "string" ? one : String(one?.phone ?? ""))).filter(Boolean);
}

function Order({ content }: Parts) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  const items = (content.items ?? []) as { sku: string; quantity: number; price: string; currency: string }[];
  return (
    <div>
      <Text size="sm" fw={600}>
        {t.order}
      </Text>
      <ul className={classes.plain}>
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of an order never move
          <li key={index}>
            {t.orderLine(item.quantity, item.sku)} – {format.money(item.price, item.currency)}
          </li>
        ))}
      </ul>
      {content.text && <RichText text={content.text} />}
    </div>
  );
}
