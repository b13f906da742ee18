import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Relative base: whatever STATIC_URL is, chunks find each other. Nothing is inlined into the page (strict CSP), and
// the polyfill of module preload, which is inline code in some set-ups, is left out.
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: here("../static/maps/build"),
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["es2022", "chrome94", "safari15.4", "firefox102"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1400,
    rolldownOptions: {
      input: {
        pages: here("src/pages.ts"),
        patrol: here("src/patrol.ts"),
        mapwidget: here("src/mapwidget.ts"),
        officials: here("src/officials.ts"),
        coverage: here("src/coverage.ts"),
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    restoreMocks: true,
  },
});
