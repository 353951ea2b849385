"""Counts what React draws anew in a page of the console, for tests and measurements.

React tells its developer tools of each commit, also in built pages. `COUNT_RENDERS` stands in for these tools.
"""

from typing import Any

from playwright.async_api import Page

# Runs before the page's own code. Components are counted whose function was called (flag 1), in the parts of the tree
# that the commit has changed.
COUNT_RENDERS = """
(() => {
  const none = () => ({ commits: 0, components: 0, steps: {}, ways: 0 });
  let counting = false;
  let found = none();
  const note = ({ memoizedProps: props }) => {
    found.components += 1;
    if (!props?.id) return;
    if (typeof props.data?.name === "string") found.steps[props.data.name] = (found.steps[props.data.name] ?? 0) + 1;
    if ("sourceX" in props) found.ways += 1;
  };
  const walk = (fiber, before) => {
    const isFunction = [0, 11, 15].includes(fiber.tag);
    if (isFunction && (before === null || (fiber.flags & 1 && fiber !== before))) note(fiber);
    if (before !== null && fiber.child === before.child) return;
    for (let child = fiber.child; child !== null; child = child.sibling) walk(child, child.alternate);
  };
  window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    inject: () => 1,
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
    onCommitFiberRoot: (_, root) => {
      if (!counting) return;
      found.commits += 1;
      walk(root.current, root.current.alternate);
    },
  };
  window.renders = {
    begin: () => { found = none(); counting = true; },
    end: () => { counting = false; return found; },
  };
})();
"""


async def begin_counting(page: Page) -> None:
    """Count from now on."""
    await page.evaluate("renders.begin()")


async def counted(page: Page) -> dict[str, Any]:
    """Return the counts since `begin_counting`: commits, components, ways of a flow, and `steps` of a flow by name."""
    found: dict[str, Any] = await page.evaluate("renders.end()")
    return found
