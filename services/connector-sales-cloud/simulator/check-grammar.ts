import type { Child, Content, Leaf, Node } from './grammar.ts';
import type { XmlElement } from './xml-document.ts';

/** The first way in which the element differs from the grammar, with the path to it; `undefined` if it fits. */
export function grammarProblem(element: XmlElement, content: Content, path: string = element.name): string | undefined {
  return attributeProblem(element, content, path) ?? (content.kind === 'leaf' ? leafProblem(element, content, path) : nodeProblem(element, content, path));
}

function attributeProblem(element: XmlElement, content: Content, path: string): string | undefined {
  for (const [name, value] of Object.entries(element.attributes)) {
    const allowed = content.attributes?.[name];
    if (!allowed) return `${path}: the attribute ${name} is not known`;
    const problem = allowed.problem(value);
    if (problem) return `${path}/@${name} ${problem}`;
  }
  return undefined;
}

function leafProblem(element: XmlElement, leaf: Leaf, path: string): string | undefined {
  if (element.children.length > 0) return `${path} must hold text only`;
  const problem = leaf.problem(element.text);
  return problem ? `${path} ${problem}` : undefined;
}

function nodeProblem(element: XmlElement, grammar: Node, path: string): string | undefined {
  if (element.text.trim() !== '') return `${path} must hold elements only`;
  let position = 0;
  for (const child of grammar.children) {
    const run = runOf(element.children, position, child);
    if (run.length < child.min) return missing(element.children[position], child, path);
    if (run.length > child.max) return `${path}/${child.name} may stand there only once`;
    for (const item of run) {
      const problem = grammarProblem(item, child.content, `${path}/${child.name}`);
      if (problem) return problem;
    }
    position += run.length;
  }
  const left = element.children[position];
  return left ? `${path}/${left.name} is not known there, or stands in the wrong order or namespace` : undefined;
}

/** The elements of that name that follow one another from `position` on; inner elements have no namespace. */
function runOf(children: readonly XmlElement[], position: number, child: Child): readonly XmlElement[] {
  const rest = children.slice(position);
  const end = rest.findIndex((element) => element.name !== child.name || element.namespace !== '');
  return end < 0 ? rest : rest.slice(0, end);
}

function missing(found: XmlElement | undefined, child: Child, path: string): string {
  return `${path}/${child.name} is missing${found ? ` before ${found.name}` : ''}`;
}
