import { posix } from "node:path";
import { defineConfig } from "vitepress";

/** Where the site is served from. GitHub Pages uses a folder named after the repository. */
const repository = process.env["GITHUB_REPOSITORY"];
const base = process.env["DOCS_BASE"] ?? "/";

/**
 * Lines of 85 characters fit beside the outline; long error messages and tables fit on a phone. Options are not
 * broken at their hyphens.
 */
const STYLE = `
  .VPDoc.has-aside .content-container { max-width: 784px !important; }
  .vp-doc .language-text code { white-space: pre-wrap; overflow-wrap: anywhere; }
  .vp-doc td { vertical-align: top; }
  .vp-doc code .word { white-space: nowrap; }
  @media (max-width: 640px) { .vp-doc :is(th, td) { padding: 6px 8px; } }
`;

const page = (text: string, link: string) => ({ text, link: `/${link}` });

export default defineConfig({
  title: "pulumi-multipass",
  description: "Manage Multipass virtual machines with Pulumi, even while the computer is still booting.",
  lang: "en-GB",
  base,
  cacheDir: "../build/site-cache",
  outDir: "../build/site",
  // On GitHub and in the npm package, a folder's page is README.md.
  rewrites: {
    "README.md": "index.md",
    "errors/README.md": "errors/index.md",
    "adr/README.md": "adr/index.md",
  },
  head: [["style", {}, STYLE]],
  // The pages on errors are not in the sidebar, so they have no neighbours in it.
  transformPageData({ relativePath, frontmatter }) {
    if (/^(?:errors|adr)\/(?!index)/.test(relativePath)) {
      const [folder = ""] = relativePath.split("/");
      frontmatter["prev"] = {
        text: folder === "errors" ? "All errors" : "All decisions",
        link: `/${folder}/`,
      };
      frontmatter["next"] = false;
    }
  },
  markdown: {
    config(md) {
      const code = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (...args) =>
        (code?.(...args) ?? "").replace(/>[^<]+(?=<\/code>)/, withWholeWords);
      const inherited = md.renderer.rules.link_open;
      md.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index];
        const target = siteLink(
          token?.attrGet("href") ?? "",
          (env as { relativePath?: string }).relativePath ?? "",
        );
        if (target === undefined) {
          for (const one of [token, tokens.slice(index).find(({ type }) => type === "link_close")]) {
            if (one) Object.assign(one, { tag: "span", attrs: null });
          }
          return self.renderToken(tokens, index, options);
        }
        token?.attrSet("href", target);
        return inherited?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
      };
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      page("Tutorial", "tutorial"),
      page("Cookbook", "cookbook"),
      page("Reference", "instance"),
      page("Troubleshooting", "troubleshooting"),
    ],
    sidebar: [
      {
        text: "Learn",
        items: [
          page("A lab in ten minutes", "tutorial"),
          page("Cookbook", "cookbook"),
          page("Other languages", "other-languages"),
          page("Several hosts", "several-hosts"),
          page("Limits", "limits"),
          page("Existing instances", "importing"),
          page("Migrating", "migrating"),
          page("Testing without VMs", "testing"),
        ],
      },
      {
        text: "Fix",
        items: [
          page("Troubleshooting", "troubleshooting"),
          page("Errors", "errors/"),
          page("Questions", "faq"),
        ],
      },
      {
        text: "Look up",
        items: [
          page("Instance", "instance"),
          page("Resources", "resources"),
          page("What a change costs", "verdicts"),
          page("Command line", "command-line"),
          page("Upgrading", "upgrading"),
          // Made by TypeDoc, beside the pages of VitePress.
          { text: "API reference", link: "/api/index.html", target: "_self" },
        ],
      },
      {
        text: "Understand",
        items: [
          page("Concepts", "concepts"),
          page("The boot race", "boot-race"),
          page("Benchmarks", "benchmarks"),
          page("How it is tested", "quality"),
          page("Decisions", "adr/"),
        ],
      },
    ],
    ...(repository ? { socialLinks: [{ icon: "github", link: `https://github.com/${repository}` }] } : {}),
  },
});

/** Links to README.md lead to the folder's page. Links out of docs/ lead to the repository, or nowhere while its address is unknown. */
function siteLink(href: string, from: string): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const path = posix.join("docs", posix.dirname(from), href);
  if (path.startsWith("docs/")) return href.replace(/README\.md(?=#|$)/, "index.md");
  return repository && `https://github.com/${repository}/blob/main/${path}`;
}

/** Marks words with hyphens, except long ones, which would not fit on a phone. */
function withWholeWords(html: string): string {
  return html.replace(/(?<=[ >])(?=\S*-)\S{1,30}(?= |$)/g, '<span class="word">$&</span>');
}
