import { useLanguage } from "../../../app/LanguageProvider";
import { useTexts } from "../../../texts";
import { SectionForm } from "../../../ui/form/SectionForm";
import { Page } from "../../../ui/Page";
import { HolidayList } from "./HolidayList";
import { HoursPreview } from "./HoursPreview";
import { type Week, WeekEditor } from "./WeekEditor";
import { DAYS, dayName, daySpans, weekSpans } from "./week";

/** Business hours and holidays, with what they mean now. */
export function HoursPage() {
  const { settings, settingFields, settingHours: hourWords } = useTexts();
  const { hours, holidays } = settingFields.hours;
  const { language } = useLanguage();
  return (
    <Page title={settings.pages.hours} text={settings.about.hours}>
      <SectionForm
        section="hours"
        page="hours"
        places={Object.fromEntries(DAYS.map((day) => [`hours.${day}`, dayName(day, language)]))}
        groups={[
          {
            title: hours.label,
            text: hours.help,
            fields: [
              {
                path: "hours",
                label: hours.label,
                kind: "custom",
                render: (props) => <WeekEditor {...props} value={props.value as Week | null} />,
                shown: (value, day, week) =>
                  day && week
                    ? daySpans(value, hourWords)
                    : weekSpans(week as Week | null, hourWords, language),
              },
            ],
          },
          {
            title: holidays.label,
            text: holidays.help,
            fields: [
              {
                path: "holidays",
                label: holidays.label,
                kind: "custom",
                render: (props) => <HolidayList {...props} value={(props.value ?? []) as string[]} />,
              },
            ],
          },
        ]}
        aside={(value) => (
          <HoursPreview
            hours={value("hours") as Week | null}
            holidays={(value("holidays") ?? []) as string[]}
          />
        )}
      />
    </Page>
  );
}
