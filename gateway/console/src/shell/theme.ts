import { Button, createTheme, Input, InputWrapper, Menu, Modal, Popover, Tooltip } from "@mantine/core";

/** What components are made with. Colours and type stand in theme.css, since no style element may be written. */
export const theme = createTheme({
  primaryColor: "indigo",
  cursorType: "pointer",
  respectReducedMotion: true,
  defaultRadius: "md",
  components: {
    Button: Button.extend({ defaultProps: { size: "xs", fw: 500 } }),
    Input: Input.extend({ defaultProps: { size: "xs" } }),
    // inputs stand in line whether or not something is said about them
    InputWrapper: InputWrapper.extend({
      defaultProps: { inputWrapperOrder: ["label", "input", "error", "description"] },
    }),
    // to lock the page behind would take a style element; the page itself never scrolls
    Modal: Modal.extend({
      defaultProps: { lockScroll: false, centered: true, transitionProps: { transition: "pop", duration: 120 } },
    }),
    // it would stand for the page's own header
    ModalHeader: { defaultProps: { role: "presentation" } },
    // the focus goes to the first item: the place that Mantine gives it before that is nothing that a menu may hold
    Menu: Menu.extend({
      defaultProps: { shadow: "md", withInitialFocusPlaceholder: false, transitionProps: { duration: 80 } },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: "md", transitionProps: { duration: 80 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, events: { hover: true, focus: true, touch: false } } }),
  },
});
