/* global AdaptiveCards */
import { HOST_CONFIG } from './host-config.js';

/**
 * An Adaptive Card as Teams draws it, with Microsoft's own renderer. Text stays text: nothing in a card is read as markup.
 * `pressed({type, verb, title, id, data, inputs})` hears of `Action.Execute` and `Action.Submit`, `follow(url)` of links.
 */
export function renderAdaptiveCard(json, { pressed, follow }) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(HOST_CONFIG);
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) return void follow(action.url);
    const { verb, title, id } = action;
    const type = action instanceof AdaptiveCards.ExecuteAction ? 'Action.Execute' : 'Action.Submit';
    void pressed({ type, verb, title, id, data: action.data, inputs: inputsIn(card, action.data) });
  };
  card.onAnchorClicked = (_element, anchor) => {
    void follow(anchor.href);
    return true;
  };
  card.onInlineCardExpanded = (_action, isExpanded) => {
    if (isExpanded) requestAnimationFrame(() => card.renderedElement?.scrollIntoView({ block: 'nearest' }));
  };
  // Without this the renderer warns that markdown stays text, which is what is wanted.
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = () => undefined;
  card.parse(json);
  const node = card.render() ?? document.createElement('div');
  node.classList.add('t-card');
  for (const button of node.querySelectorAll('button')) button.type = 'button';
  return node;
}

/** What was typed: the renderer hands it over among the action's own data. */
function inputsIn(card, data) {
  const ids = card.getAllInputs(true).map(({ id }) => id);
  const typed = Object.entries(data ?? {}).filter(([key, value]) => ids.includes(key) && value !== undefined);
  return Object.fromEntries(typed.map(([key, value]) => [key, String(value)]));
}
