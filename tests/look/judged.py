"""What is asked of a page in the browser, beside what axe asks."""

from __future__ import annotations

NAMELESS = """() => {
    const named = (node) => {
        const label = node.getAttribute("aria-label");
        const by = (node.getAttribute("aria-labelledby") || "").split(/\\s+/).filter(Boolean).map((id) => document.getElementById(id));
        return (label && label.trim()) || (by.length > 0 && by.every((item) => item && item.textContent.trim()));
    };
    const said = (node) => node.outerHTML.slice(0, 120);
    const found = [];
    for (const node of document.querySelectorAll("svg"))
        if (!node.closest("[aria-hidden=true]") && !(node.getAttribute("role") === "img" && named(node))) found.push(said(node));
    for (const node of document.querySelectorAll("img")) if (!node.hasAttribute("alt")) found.push(said(node));
    for (const node of document.querySelectorAll("input:not([type=hidden]), select, textarea, progress"))
        if (!named(node) && !(node.labels && [...node.labels].some((label) => label.textContent.trim()))) found.push(said(node));
    for (const node of document.querySelectorAll("a, button, summary, [role=region]"))
        if (!named(node) && !node.textContent.trim()) found.push(said(node));
    for (const node of document.querySelectorAll("table")) if (!node.querySelector("th[scope]")) found.push(said(node));
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    found.push(...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `two of #${id}`));
    let level = 0;
    for (const node of document.querySelectorAll("h1, h2, h3, h4")) {
        const next = Number(node.tagName[1]);
        if (next > level + 1) found.push(`after h${level}: ${said(node)}`);
        level = next;
    }
    return found;
}"""

FAINT = """() => {
    const parse = (text) => {
        const found = text.match(/(rgba?|color)\\((srgb )?([^)]+)\\)/);
        if (!found) return null;
        const [r, g, b, a = 1] = found[3].split(/[\\s,\\/]+/).map(Number);
        return found[2] ? { r: r * 255, g: g * 255, b: b * 255, a } : { r, g, b, a };
    };
    const light = ({ r, g, b }) => {
        const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
        for (let up = node; up; up = up.parentElement) {
            const square = up.matches("g.cell") ? up.querySelector("rect") : null;
            const style = getComputedStyle(square || up);
            const colors = (style.backgroundImage.match(/rgb\\([^)]+\\)/g) || [square ? style.fill : style.backgroundColor]).map(parse);
            if (colors.every((color) => color && color.a === 1)) return colors;
        }
        return [{ r: 255, g: 255, b: 255, a: 1 }];
    };
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode.parentElement;
        if (!walk.currentNode.textContent.trim() || node.closest("title, desc, script, option, .skip, .hidden") || !node.checkVisibility()) continue;
        const style = getComputedStyle(node);
        const color = parse(node.closest("svg") ? style.fill : style.color);
        if (!color) continue;
        const ratio = Math.min(...behind(node).map((ground) => {
            const [a, b] = [light(color), light(ground)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }));
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) found.add(`${ratio.toFixed(2)} ${node.tagName}.${node.getAttribute("class")} ${walk.currentNode.textContent.trim().slice(0, 40)}`);
    }
    return [...found];
}"""

STOPS = """() => {
    const style = getComputedStyle(document.activeElement);
    const box = document.activeElement.getBoundingClientRect();
    return {
        what: document.activeElement.outerHTML.slice(0, 100),
        over: document.activeElement === document.body,
        // A browser's own button inside a field, such as the calendar's, has a mark of the browser's own.
        marked: !document.activeElement.matches(":focus") || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


FRAME = """() => ({
    h1: document.querySelectorAll("h1").length,
    title: document.title,
    lang: document.documentElement.lang,
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    moving: [...document.querySelectorAll("*")].filter((node) => {
        const style = getComputedStyle(node);
        const long = (times) => times.split(",").some((one) => parseFloat(one) > 0);
        return long(style.transitionDuration) || (style.animationName !== "none" && long(style.animationDuration));
    }).length,
})"""
"""What every page has, how far it hangs over the edge, and what of it moves."""

LOUD = """() => {
    const marked = () => { const style = getComputedStyle(document.activeElement); return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"; };
    const found = [];
    for (const node of document.querySelectorAll("main a[href], main button, main input, main select, main textarea, main summary, main [tabindex='0']")) {
        if (!node.checkVisibility() || node.disabled) continue;
        node.focus({ focusVisible: true, preventScroll: true });
        if (document.activeElement === node && !marked()) found.push(node.outerHTML.slice(0, 100));
    }
    document.activeElement.blur();
    return found;
}"""
"""What can have the keyboard's focus without showing it."""
