//! What a module shows: the paths in its public items.

use std::collections::BTreeSet;

use syn::{
    Attribute, Block, Expr, Fields, Ident, ImplItem, Item, ItemImpl, Meta, Path, Type, UseTree,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use super::crate_tree::{Module, Segments, is_hidden, is_public};

/// A path that outsiders see.
pub(super) struct Mention {
    pub(super) path: Segments,
    pub(super) line: usize,
}

/// Every path in the public items of a module. `public_types` tells whose `impl` blocks are public.
pub(super) fn mentions(module: &Module, public_types: &BTreeSet<String>) -> Vec<Mention> {
    let mut found = Mentions(Vec::new());
    for item in &module.items {
        found.item(item, public_types);
    }
    found.0
}

struct Mentions(Vec<Mention>);

impl Mentions {
    fn item(&mut self, item: &Item, public_types: &BTreeSet<String>) {
        match item {
            Item::Fn(i) if is_public(&i.vis) => self.visit_signature(&i.sig),
            Item::Const(i) if is_public(&i.vis) => self.visit_type(&i.ty),
            Item::Static(i) if is_public(&i.vis) => self.visit_type(&i.ty),
            Item::Type(i) if is_public(&i.vis) => self.visit_item_type(i),
            Item::Use(i) if is_public(&i.vis) => self.exports(&i.tree, Vec::new()),
            Item::Trait(i) if is_public(&i.vis) => self.visit_item_trait(i),
            Item::Struct(i) if is_public(&i.vis) => {
                self.derives(&i.attrs);
                self.visit_generics(&i.generics);
                self.fields(&i.fields, false);
            }
            Item::Enum(i) if is_public(&i.vis) => {
                self.derives(&i.attrs);
                self.visit_generics(&i.generics);
                i.variants.iter().for_each(|variant| self.fields(&variant.fields, true));
            }
            Item::Impl(i) if is_shown(&i.self_ty, public_types) => self.implementation(i),
            _ => {}
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        self.visit_generics(&item.generics);
        self.visit_type(&item.self_ty);
        let of_trait = item.trait_.is_some();
        if let Some((path, _)) = &item.trait_ {
            self.visit_path(path);
        }
        for inner in &item.items {
            match inner {
                // The signatures of a trait's methods are the trait's.
                ImplItem::Fn(f) if !of_trait && is_public(&f.vis) && !is_hidden(&f.attrs) => {
                    self.visit_signature(&f.sig);
                }
                ImplItem::Const(c) if !of_trait && is_public(&c.vis) => self.visit_type(&c.ty),
                ImplItem::Type(t) => self.visit_type(&t.ty),
                _ => {}
            }
        }
    }

    fn fields(&mut self, fields: &Fields, all: bool) {
        for field in fields.iter().filter(|field| all || is_public(&field.vis)) {
            self.visit_type(&field.ty);
        }
    }

    fn derives(&mut self, attributes: &[Attribute]) {
        let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
        for attribute in derives {
            if let Meta::List(list) = &attribute.meta {
                let paths = list.parse_args_with(Punctuated::<Path, syn::Token![,]>::parse_terminated);
                paths.iter().flatten().for_each(|path| self.visit_path(path));
            }
        }
    }

    fn exports<'a>(&mut self, tree: &'a UseTree, mut prefix: Vec<&'a Ident>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(&path.ident);
                return self.exports(&path.tree, prefix);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.exports(tree, prefix.clone()));
            }
            UseTree::Name(name) if name.ident != "self" => prefix.push(&name.ident),
            UseTree::Rename(rename) if rename.ident != "self" => prefix.push(&rename.ident),
            UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {}
        }
        self.mention(&prefix);
    }

    fn mention(&mut self, path: &[&Ident]) {
        let line = path.first().map_or(0, |first| first.span().start().line);
        self.0.push(Mention { path: path.iter().map(ToString::to_string).collect(), line });
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_path(&mut self, path: &'ast Path) {
        self.mention(&path.segments.iter().map(|segment| &segment.ident).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    // Neither attributes nor bodies nor values are part of a signature.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_block(&mut self, _: &'ast Block) {}
    fn visit_expr(&mut self, _: &'ast Expr) {}
}

/// Whether an `impl` block for this type is seen from outside.
fn is_shown(target: &Type, public_types: &BTreeSet<String>) -> bool {
    match target {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|segment| public_types.contains(&segment.ident.to_string()))
        }
        Type::Reference(reference) => is_shown(&reference.elem, public_types),
        _ => true,
    }
}
