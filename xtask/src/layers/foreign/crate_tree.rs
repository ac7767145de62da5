//! The modules of a crate, their `use` declarations, and where a path leads.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use syn::{Attribute, Item, ItemMod, Meta, UseTree, Visibility};

/// A name or a path, segment by segment.
pub(super) type Segments = Vec<String>;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// To this crate, to the standard library, or to a generic parameter.
    Local,
    /// To this dependency.
    Foreign(String),
}

/// A crate, read from its sources.
pub(super) struct Crate {
    dependencies: BTreeSet<String>,
    pub(super) modules: BTreeMap<Segments, Module>,
}

/// One module, in a file or inline.
pub(super) struct Module {
    pub(super) path: Segments,
    pub(super) file: PathBuf,
    pub(super) items: Vec<Item>,
    pub(super) globs: Vec<Segments>,
    uses: BTreeMap<String, Segments>,
}

impl Crate {
    pub(super) fn load(root: &Path, dependencies: BTreeSet<String>) -> Result<Self> {
        let mut tree = Self { dependencies, modules: BTreeMap::new() };
        tree.add(Vec::new(), root.to_owned(), parse(root)?)?;
        Ok(tree)
    }

    #[cfg(test)]
    pub(super) fn from_source(source: &str, dependencies: BTreeSet<String>) -> Result<Self> {
        let mut tree = Self { dependencies, modules: BTreeMap::new() };
        tree.add(Vec::new(), "lib.rs".into(), syn::parse_file(source)?.items)?;
        Ok(tree)
    }

    /// Where `path` leads when it stands in `module`.
    pub(super) fn origin(&self, module: &[String], path: &[String]) -> Origin {
        self.follow(module, path, 0)
    }

    /// The names of all types and traits that are `pub`.
    pub(super) fn public_types(&self) -> BTreeSet<String> {
        let items = self.modules.values().flat_map(|module| &module.items);
        let names = items.filter_map(|item| match item {
            Item::Struct(i) => is_public(&i.vis).then(|| i.ident.to_string()),
            Item::Enum(i) => is_public(&i.vis).then(|| i.ident.to_string()),
            Item::Trait(i) => is_public(&i.vis).then(|| i.ident.to_string()),
            Item::Type(i) => is_public(&i.vis).then(|| i.ident.to_string()),
            _ => None,
        });
        names.collect()
    }

    fn follow(&self, module: &[String], path: &[String], depth: u8) -> Origin {
        let Some((first, rest)) = path.split_first() else { return Origin::Local };
        if depth > 64 {
            return Origin::Local; // two `use` declarations that name each other do not compile
        }
        match first.as_str() {
            "std" | "core" | "alloc" | "Self" => Origin::Local,
            "crate" => self.descend(&[], rest, depth + 1),
            "self" => self.descend(module, rest, depth + 1),
            "super" => {
                let parent = module.split_last().map_or(module, |(_, parent)| parent);
                match rest.first().is_some_and(|next| next == "super") {
                    true => self.follow(parent, rest, depth + 1),
                    false => self.descend(parent, rest, depth + 1),
                }
            }
            name => match self.descend(module, path, depth + 1) {
                Origin::Local if self.dependencies.contains(name) && !self.declares(module, name) => {
                    Origin::Foreign(name.to_owned())
                }
                origin => origin,
            },
        }
    }

    /// Follows `path` from within `module`, through its children and what it imports.
    fn descend(&self, module: &[String], path: &[String], depth: u8) -> Origin {
        let (Some((name, rest)), Some(here)) = (path.split_first(), self.modules.get(module)) else {
            return Origin::Local;
        };
        let child: Segments = module.iter().chain([name]).cloned().collect();
        if self.modules.contains_key(&child) {
            return self.descend(&child, rest, depth + 1);
        }
        if let Some(target) = here.uses.get(name) {
            let whole: Segments = target.iter().chain(rest).cloned().collect();
            // `use http;` names itself: only the dependency can be meant.
            return match target.as_slice() == [name.clone()] {
                true if self.dependencies.contains(name) => Origin::Foreign(name.clone()),
                true => Origin::Local,
                false => self.follow(module, &whole, depth + 1),
            };
        }
        if self.declares(module, name) || depth > 64 {
            return Origin::Local;
        }
        let through_globs = here.globs.iter().map(|glob| {
            let whole: Segments = glob.iter().chain(path).cloned().collect();
            self.follow(module, &whole, depth + 1)
        });
        through_globs.into_iter().find(|origin| *origin != Origin::Local).unwrap_or(Origin::Local)
    }

    /// Whether a module has an item or a child of this name.
    fn declares(&self, module: &[String], name: &str) -> bool {
        let Some(here) = self.modules.get(module) else { return false };
        here.items.iter().any(|item| match item {
            Item::Struct(i) => i.ident == name,
            Item::Enum(i) => i.ident == name,
            Item::Trait(i) => i.ident == name,
            Item::Type(i) => i.ident == name,
            Item::Mod(i) => i.ident == name,
            _ => false,
        })
    }

    fn add(&mut self, path: Segments, file: PathBuf, items: Vec<Item>) -> Result<()> {
        let items: Vec<Item> = items.into_iter().filter(|item| !is_hidden(attributes(item))).collect();
        let mut module = Module { path, file, items, globs: Vec::new(), uses: BTreeMap::new() };
        for item in &module.items {
            match item {
                Item::Use(item) => collect(&item.tree, Vec::new(), &mut module.uses, &mut module.globs),
                Item::Mod(child) => self.add_child(&module, child)?,
                _ => {}
            }
        }
        self.modules.insert(module.path.clone(), module);
        Ok(())
    }

    fn add_child(&mut self, parent: &Module, child: &ItemMod) -> Result<()> {
        let name = child.ident.to_string();
        let path = parent.path.iter().cloned().chain([name.clone()]).collect();
        if let Some((_, items)) = &child.content {
            return self.add(path, parent.file.clone(), items.clone());
        }
        let folder = folder_of_children(&parent.file);
        let candidates = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
        let Some(file) = candidates.into_iter().find(|file| file.is_file()) else {
            bail!("{}: no file for `mod {name}`", parent.file.display());
        };
        let items = parse(&file)?;
        self.add(path, file, items)
    }
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether an item is left out of an ordinary build: it is for tests, fuzzing or exploration only.
pub(super) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| ["test", "fuzzing", "model"].contains(&word)) && !condition.contains("not")
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

fn parse(file: &Path) -> Result<Vec<Item>> {
    let source = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(syn::parse_file(&source).with_context(|| format!("cannot parse {}", file.display()))?.items)
}

fn folder_of_children(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new(""));
    match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "mod") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    }
}

fn collect(
    tree: &UseTree,
    mut prefix: Segments,
    uses: &mut BTreeMap<String, Segments>,
    globs: &mut Vec<Segments>,
) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect(&path.tree, prefix, uses, globs);
        }
        UseTree::Name(name) if name.ident == "self" => {
            uses.insert(prefix.last().cloned().unwrap_or_default(), prefix);
        }
        UseTree::Name(name) => {
            prefix.push(name.ident.to_string());
            uses.insert(name.ident.to_string(), prefix);
        }
        UseTree::Rename(rename) => {
            if rename.ident != "self" {
                prefix.push(rename.ident.to_string());
            }
            uses.insert(rename.rename.to_string(), prefix);
        }
        UseTree::Glob(_) => globs.push(prefix),
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, prefix.clone(), uses, globs);
            }
        }
    }
}
