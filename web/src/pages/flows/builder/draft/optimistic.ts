import { kindOf, wordsOf } from "../kinds";
import { type Edge, type Graph, isValues, type Operation, type Path, type Step, samePath } from "./types";

/** Returns the graph as an operation will make it, until the server's answer has the true one. */
export function redrawn(graph: Graph, operation: Operation): Graph {
  switch (operation.op) {
    case "connect": {
      const { edge, to } = operation;
      if (to === null) return graph;
      return withEdges(graph, (one) =>
        samePath(one.path, edge) ? { ...one, target: to, implicit: false } : one,
      );
    }
    case "move":
      return isTitle(operation.path)
        ? withTitles(graph, operation.path, (titles, place) => {
            const rest = titles.toSpliced(place, 1);
            return rest.toSpliced(operation.to, 0, titles[place] as string);
          })
        : withMoved(graph, operation.path, operation.to);
    case "rename_key":
      return isTitle(operation.path)
        ? withTitles(graph, operation.path, (titles, place) => titles.with(place, operation.to))
        : graph;
    case "set":
      return withSet(graph, operation.path, operation.value);
    case "rename_step":
      return renamedStep(graph, operation.name, operation.to);
    case "insert_step":
      return inserted(graph, operation.name, operation.after, operation.step);
    case "delete_step":
      return deleted(graph, operation.name, operation.relink ?? null);
    default:
      return graph;
  }
}

/** Says whether a path is that of a button or row below a text. */
const isTitle = (path: Path) => path.length === 4 && (path[2] === "buttons" || path[2] === "list");

function withTitles(graph: Graph, path: Path, change: (titles: string[], place: number) => string[]): Graph {
  const steps = graph.steps.map((step) => {
    const place = step.name === path[1] ? step.titles.indexOf(String(path[3])) : -1;
    return place < 0 ? step : { ...step, titles: change(step.titles, place) };
  });
  return { ...graph, steps };
}

function withEdges(graph: Graph, change: (edge: Edge) => Edge): Graph {
  return { ...graph, edges: graph.edges.map(change) };
}

function withSet(graph: Graph, path: Path, value: unknown): Graph {
  if (typeof value === "string" && graph.edges.some((edge) => edge.written && samePath(edge.written, path))) {
    return withEdges(graph, (edge) =>
      edge.written && samePath(edge.written, path) ? { ...edge, target: value, implicit: false } : edge,
    );
  }
  const name = path[0] === "steps" && path.length <= 3 ? path[1] : undefined;
  if (name === undefined || typeof value !== "string") return graph;
  const words = path.length === 2 ? value : wordsOf({ [String(path[2])]: value });
  if (!words) return graph;
  return { ...graph, steps: graph.steps.map((step) => (step.name === name ? { ...step, words } : step)) };
}

/** The edges of options and conditions change their places among each other; conditions are named by their place. */
function withMoved(graph: Graph, path: Path, to: number): Graph {
  const near = (edge: Edge) => samePath(edge.path.slice(0, 3), path.slice(0, 3)) && edge.path.length === 4;
  const places = graph.edges.flatMap((edge, place) => (near(edge) ? [place] : []));
  const own = places.findIndex((place) => samePath(graph.edges[place]?.path ?? [], path));
  const moved = places[own];
  if (path.length !== 4 || moved === undefined) return graph;
  const order = places.toSpliced(own, 1).toSpliced(to, 0, moved);
  const edges = [...graph.edges];
  places.forEach((place, position) => {
    const edge = graph.edges[order[position] as number] as Edge;
    const at = (one: Path) => (typeof one[3] === "number" ? one.toSpliced(3, 1, position) : [...one]);
    edges[place] = { ...edge, path: at(edge.path), written: edge.written && at(edge.written) };
  });
  return { ...graph, edges };
}

function renamedStep(graph: Graph, from: string, to: string): Graph {
  const other = (name: string) => (name === from ? to : name);
  const moved = (path: Path) => path.map((part, place) => (place === 1 && part === from ? to : part));
  return {
    start: other(graph.start),
    steps: graph.steps.map((step) => ({ ...step, name: other(step.name) })),
    edges: graph.edges.map((edge) => ({
      ...edge,
      source: other(edge.source),
      target: other(edge.target),
      path: edge.path[0] === "steps" ? moved(edge.path) : edge.path,
      written: edge.written?.[0] === "steps" ? moved(edge.written) : edge.written,
    })),
  };
}

function inserted(graph: Graph, name: string, after: string | null, values: unknown): Graph {
  const step: Step = {
    name,
    kind: kindOf(values),
    words: wordsOf(isValues(values) ? values : { text: values }),
    line: 1,
    valid: true,
    waits: false,
    reachable: true,
    ports: [],
    titles: [],
  };
  const place = after === null ? 0 : graph.steps.findIndex((one) => one.name === after) + 1;
  return {
    ...graph,
    start: after === null ? name : graph.start,
    steps: graph.steps.toSpliced(place, 0, step),
  };
}

function deleted(graph: Graph, name: string, relink: string | null): Graph {
  const kept = graph.edges.filter(
    (edge) => edge.source !== name && (relink !== null || edge.target !== name),
  );
  const steps = graph.steps.filter((step) => step.name !== name);
  const edges = kept.map((edge) => (edge.target === name && relink ? { ...edge, target: relink } : edge));
  return {
    start: graph.start === name ? (steps[0]?.name ?? "") : graph.start,
    steps: steps.map((step) => ({
      ...step,
      ports: edges.flatMap((edge, place) => (edge.source === step.name ? [place] : [])),
    })),
    edges,
  };
}
