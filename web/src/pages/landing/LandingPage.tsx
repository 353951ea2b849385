import { Button, Group, Title } from "@mantine/core";
import { useEffect } from "react";
import { pageOptions } from "../../api/pageOptions";
import icon from "../../icon.svg";
import { useTexts } from "../../texts";
import dashboard from "./dashboard.jpg";
import inbox from "./inbox.jpg";
import classes from "./Landing.module.css";
import phone from "./phone.jpg";

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
      <Picture src={inbox} words={landing.inbox} wide />
      <div className={classes.pair}>
        <Picture src={phone} words={landing.phone} />
        <Picture src={dashboard} words={landing.dashboard} />
      </div>
      <footer className={classes.foot}>{landing.source}</footer>
    </main>
  );
}

function Picture({ src, words, wide }: { src: string; words: string; wide?: boolean }) {
  return (
    <figure className={classes.picture} data-wide={wide}>
      <img src={src} alt="" loading={wide ? "eager" : "lazy"} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}
