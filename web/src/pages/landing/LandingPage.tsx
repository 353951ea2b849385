import { Button, Group, Title } from "@mantine/core";
import { useEffect } from "react";
import { pageOptions } from "../../api/pageOptions";
import icon from "../../icon.svg";
import { useTexts } from "../../texts";
import dashboard from "./dashboard.jpg";
import inbox from "./inbox.jpg";
import classes from "./Landing.module.css";
import phone from "./phone.jpg";

type Size = readonly [width: number, height: number];
// The space of a picture is kept free until it has loaded. See tests/browser/test_pictures.py.
const PAGE: Size = [1440, 860];
const CHAT: Size = [347, 617];

/** Introduces Parley to people who are not signed in. */
export function LandingPage() {
  const { landing } = useTexts();
  useEffect(() => {
    document.title = "Parley";
  }, []);
  return (
    <main className={classes.page}>
      <header className={classes.top}>
        <span className={classes.brand}>
          <img src={icon} alt="" width={30} height={30} />
          Parley
        </span>
        <Button component="a" href="/sign-in" variant="default">
          {landing.signIn}
        </Button>
      </header>
      <div className={classes.hero}>
        <Title order={1} className={classes.title}>
          {landing.title}
        </Title>
        <p>{landing.text}</p>
        <Group gap="sm" justify="center">
          <Button component="a" href="/sign-in" size="md">
            {landing.signIn}
          </Button>
          {pageOptions.signup && (
            <Button component="a" href="/register" size="md" variant="default">
              {landing.register}
            </Button>
          )}
        </Group>
      </div>
      <Picture src={inbox} size={PAGE} words={landing.inbox} wide />
      <div className={classes.pair}>
        <Picture src={phone} size={CHAT} words={landing.phone} />
        <Picture src={dashboard} size={PAGE} words={landing.dashboard} />
      </div>
      <footer className={classes.foot}>{landing.source}</footer>
    </main>
  );
}

type PictureProps = { src: string; size: Size; words: string; wide?: boolean };

function Picture({ src, size: [width, height], words, wide }: PictureProps) {
  return (
    <figure className={classes.picture} data-wide={wide}>
      <img src={src} alt="" width={width} height={height} loading={wide ? "eager" : "lazy"} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}
