import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useLocation, useMatches, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { NotAllowed } from "../../ui/NotAllowed";
import { isClosed, menuOf, type SettingsPage } from "./menu";
import classes from "./Settings.module.css";
import { useFoundSettings } from "./search";

/** The list of the settings' pages with a search, beside the page. */
export function SettingsFrame() {
  const { settings } = useTexts();
  const member = useMember();
  const [words, setWords] = useState("");
  const groups = menuOf(member);
  const found = useFoundSettings(words);
  const navigate = useNavigate();
  const current = pageOf(useLocation().pathname);
  // While another page loads, the address is its own already, but the outlet still has the page before.
  const shown = useMatches({ select: (matches) => pageOf(matches.at(-1)?.pathname ?? "") });
  const address = (page: string) => `/w/${member.workspace}/settings/${page}`;
  return (
    <div className={classes.frame}>
      <nav className={classes.side} aria-label={settings.navigation}>
        <TextInput
          leftSection={<IconSearch size={15} aria-hidden />}
          placeholder={settings.search}
          aria-label={settings.search}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && setWords("")}
          rightSection={
            words && <CloseButton size="sm" aria-label={settings.clearSearch} onClick={() => setWords("")} />
          }
          mb="sm"
        />
        {words.trim() ? (
          <ul className={classes.list} aria-label={settings.found}>
            {found.map((one) => (
              <li key={`${one.page} ${one.field}`}>
                <Link
                  to={address(one.page) as string}
                  hash={one.field ? `field-${one.field}` : ""}
                  className={classes.link}
                  activeProps={{}}
                  onClick={() => setWords("")}
                >
                  <span>
                    {one.label}
                    <small className={classes.place}>{settings.pages[one.page]}</small>
                  </span>
                </Link>
              </li>
            ))}
            {found.length === 0 && <li className={classes.nothing}>{settings.nothingFound(words)}</li>}
          </ul>
        ) : (
          groups.map((group) => (
            <div key={group.key} className={classes.group}>
              <div className={classes.heading}>{settings.groups[group.key]}</div>
              <ul className={classes.list}>
                {group.items.map(({ page, icon: Icon }) => (
                  <li key={page}>
                    <Link to={address(page) as string} className={classes.link}>
                      <Icon size={17} stroke={1.7} />
                      {settings.pages[page]}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))
        )}
      </nav>
      <div className={classes.small}>
        <NativeSelect
          aria-label={settings.navigation}
          value={current}
          onChange={(event) => navigate({ to: address(event.currentTarget.value) as string })}
          data={groups.map((group) => ({
            group: settings.groups[group.key],
            items: group.items.map(({ page }) => ({
              value: page,
              label: settings.pages[page as SettingsPage],
            })),
          }))}
        />
      </div>
      <div className={classes.page}>{isClosed(shown, member) ? <NotAllowed /> : <Outlet />}</div>
    </div>
  );
}

function pageOf(address: string): string {
  return address.split("/settings/")[1]?.split("/")[0] ?? "";
}
