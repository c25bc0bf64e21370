//! Order in a directed graph, without domain words.

use petgraph::{
    Direction,
    algo::{kosaraju_scc, toposort},
    graph::{DiGraph, NodeIndex},
};

/// A way from a node back to itself; the first node is not repeated at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<usize>);

/// Puts the nodes `0..count` into an order in which each edge `(before, after)` points forward.
///
/// Only petgraph's iterative functions are used: its recursive ones overflow the stack on a long
/// chain, and waves are long chains.
///
/// # Errors
/// [`Cycle`] if there is no such order.
pub fn order(count: usize, edges: &[(usize, usize)]) -> Result<Vec<usize>, Cycle> {
    // toposort answers nodes that do not depend on one another last one first, which is not how
    // people read. So it is given the nodes the other way round.
    let turned = |node: usize| count - 1 - node;
    let graph = graph(count, edges.iter().map(|&(a, b)| (turned(a), turned(b))));
    match toposort(&graph, None) {
        Ok(order) => Ok(order.into_iter().map(|node| turned(node.index())).collect()),
        Err(_) => {
            let Cycle(path) = cycle(&graph);
            let least = path.iter().enumerate().max_by_key(|(_, node)| **node);
            let start = least.map_or(0, |(index, _)| index);
            let path = path[start..].iter().chain(&path[..start]);
            Err(Cycle(path.map(|&node| turned(node)).collect()))
        }
    }
}

fn graph(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..count {
        graph.add_node(());
    }
    for (before, after) in edges {
        graph.add_edge(NodeIndex::new(before), NodeIndex::new(after), ());
    }
    graph
}

/// Walks inside one component that has a cycle until a node comes a second time.
fn cycle(graph: &DiGraph<(), ()>) -> Cycle {
    let component = kosaraju_scc(graph)
        .into_iter()
        .find(|component| component.len() > 1 || graph.contains_edge(component[0], component[0]))
        .unwrap_or_default();
    let Some(&first) = component.iter().min() else { return Cycle(Vec::new()) };
    let mut path = vec![first];
    let mut current = first;
    loop {
        let inside = graph
            .neighbors_directed(current, Direction::Outgoing)
            .filter(|next| component.contains(next))
            .min();
        // Every node of such a component has a way on inside it.
        let Some(next) = inside else { return Cycle(Vec::new()) };
        if let Some(start) = path.iter().position(|&seen| seen == next) {
            return Cycle(path[start..].iter().map(|node| node.index()).collect());
        }
        path.push(next);
        current = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_point_forward() {
        let edges = [(3, 1), (1, 0), (3, 2), (2, 0)];
        let order = order(4, &edges).expect("no cycle");
        let position = |node| order.iter().position(|&other| other == node);
        for (before, after) in edges {
            assert!(position(before) < position(after), "{before} before {after} in {order:?}");
        }
    }

    #[test]
    fn what_is_independent_stays_in_the_order_in_which_it_was_thought_of() {
        assert_eq!(order(4, &[]), Ok(vec![0, 1, 2, 3]));
        assert_eq!(order(4, &[(3, 1)]), Ok(vec![0, 2, 3, 1]));
    }

    #[test]
    fn a_cycle_is_told_by_its_path() {
        assert_eq!(order(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)]), Err(Cycle(vec![1, 2, 3])));
        assert_eq!(order(2, &[(1, 1)]), Err(Cycle(vec![1])));
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let edges: Vec<_> = (0..200_000).map(|node| (node, node + 1)).collect();
        assert_eq!(order(200_001, &edges).map(|order| order.len()), Ok(200_001));
    }
}
