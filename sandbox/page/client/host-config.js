const ink = (name) => ({ default: `var(--t-${name})`, subtle: `var(--t-${name}-subtle)` });

const INKS = {
  default: ink('ink'),
  dark: ink('ink'),
  light: ink('ink-light'),
  accent: ink('accent'),
  good: ink('good'),
  warning: ink('warning'),
  attention: ink('attention'),
};

const style = (name, border) => ({
  backgroundColor: `var(--t-${name}-back)`,
  borderColor: `var(--t-${border ?? name}-line)`,
  foregroundColors: INKS,
});

/** Teams' look, in colours that follow the reader's light or dark. */
export const HOST_CONFIG = {
  fontFamily: 'inherit',
  fontTypes: {
    default: { fontFamily: 'inherit' },
    monospace: { fontFamily: 'var(--mono)' },
  },
  fontSizes: { small: 12, default: 14, medium: 16, large: 17, extraLarge: 21 },
  fontWeights: { lighter: 400, default: 400, bolder: 600 },
  lineHeights: { small: 16, default: 20, medium: 22, large: 23, extraLarge: 28 },
  spacing: { none: 0, small: 5, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 12 },
  separator: { lineThickness: 1, lineColor: 'var(--t-line)' },
  imageSizes: { small: 32, medium: 52, large: 100 },
  supportsInteractivity: true,
  choiceSetInputValueSeparator: ',',
  containerStyles: {
    default: style('card'),
    emphasis: style('emphasis'),
    accent: style('accent'),
    good: style('good'),
    attention: style('attention'),
    warning: style('warning'),
  },
  actions: {
    maxActions: 6,
    spacing: 'default',
    buttonSpacing: 8,
    showCard: { actionMode: 'inline', style: 'default', inlineTopMargin: 8 },
    preExpandSingleShowCardAction: false,
    actionsOrientation: 'horizontal',
    actionAlignment: 'left',
  },
  adaptiveCard: { allowCustomStyle: false },
  textBlock: { headingLevel: 3 },
  inputs: {
    label: {
      inputSpacing: 4,
      requiredInputs: {
        weight: 'bolder',
        color: 'default',
        size: 'default',
        suffix: ' *',
        suffixColor: 'attention',
      },
      optionalInputs: { weight: 'bolder', color: 'default', size: 'default' },
    },
    errorMessage: { color: 'attention', size: 'small', spacing: 'small', weight: 'default' },
  },
  factSet: {
    title: { weight: 'bolder', size: 'default', color: 'default', wrap: true, maxWidth: 140 },
    value: { weight: 'default', size: 'default', color: 'default', wrap: true },
    spacing: 16,
  },
};
